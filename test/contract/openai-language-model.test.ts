import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OpenAiLanguageModel } from '../../src/adapters/language-openai/openai-language-model.js';
import type { OpenAiLimits, OpenAiSettings } from '../../src/adapters/language-openai/openai-settings.js';
import type { Evidence, LanguageEvent, LanguageRequest } from '../../src/ports/language-model.js';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server.js';

let server: OpenAiServer;
beforeAll(async () => {
  server = await startOpenAiServer();
});
afterAll(() => server.stop());

const KEY = 'sk-very-secret';
const evidence: Evidence[] = [
  { id: 'c1', startSeconds: 0, endSeconds: 2, texts: [{ source: 'title', text: 'red' }] },
  { id: 'c2', startSeconds: 2, endSeconds: 4, texts: [{ source: 'caption', text: 'green' }] },
];
const request: LanguageRequest = {
  task: { kind: 'answer', question: 'What is shown?', turns: [] },
  evidence,
};

function model(name: string, limits: Partial<OpenAiLimits> = {}, more: Partial<OpenAiSettings> = {}) {
  return new OpenAiLanguageModel({
    baseUrl: server.baseUrl,
    model: name,
    apiKey: KEY,
    takes: ['text'],
    limits: { retryPauseMs: 5, silenceMs: 5000, ...limits },
    ...more,
  });
}

async function collect(events: AsyncIterable<LanguageEvent>): Promise<LanguageEvent[]> {
  const collected: LanguageEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

function textOf(events: readonly LanguageEvent[]): string {
  return events.map((event) => (event.type === 'delta' ? event.text : '')).join('');
}

async function failure(name: string, limits?: Partial<OpenAiLimits>) {
  const error = await collect(model(name, limits).generate(request)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'AppError' });
  // What a client is told of it.
  const { message, hint, details } = error as { message: string; hint?: string; details: object };
  expect(`${message} ${hint} ${JSON.stringify(details)}`).not.toMatch(/SECRET|sk-|127\.0\.0\.1/);
  return error;
}

describe('an answer', () => {
  it.each(['vllm', 'llamacpp', 'ollama', 'whole'])('is read as %s writes it', async (shape) => {
    const events = await collect(model(shape).generate(request));
    expect(textOf(events)).toBe('A red scene is first . Then a green one .');
    expect(events.filter(({ type }) => type === 'citation')).toEqual([
      { type: 'citation', evidenceId: 'c1' },
      { type: 'citation', evidenceId: 'c2' },
    ]);
    expect(events.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: { inputTokens: 120, outputTokens: 9 },
    });
  });

  it('says when it ended for want of tokens, and when the evidence does not tell', async () => {
    expect((await collect(model('length').generate(request))).at(-1)).toMatchObject({ reason: 'length' });
    const abstained = await collect(model('abstain').generate(request));
    expect(textOf(abstained)).toBe(' No boat is shown.');
    expect(abstained.at(-1)).toMatchObject({ reason: 'abstained' });
  });

  it('holds no thoughts, and calls nothing', async () => {
    expect(textOf(await collect(model('reasoning').generate(request)))).toBe('Red.');
    expect(textOf(await collect(model('tool').generate(request)))).toBe('');
  });

  it('is cut when the server does not keep to the budget', async () => {
    const events = await collect(model('endless').generate({ ...request, maxTokens: 10 }));
    expect(textOf(events).length).toBeLessThan(400);
    expect(events.at(-1)).toMatchObject({ reason: 'length' });
    await vi.waitFor(async () => {
      expect((await server.received('endless'))[0]).toMatchObject({
        closed: 'aborted',
        body: { max_tokens: 10 },
      });
    });
  });
});

describe('a request', () => {
  it('carries the key, asks for no tools, and stands as rules, evidence and question', async () => {
    await collect(model('vllm/request').generate(request));
    const [{ path, key, body }] = (await server.received('vllm/request')) as [
      Awaited<ReturnType<OpenAiServer['received']>>[0],
    ];
    expect({ path, key }).toEqual({ path: '/v1/chat/completions', key: `Bearer ${KEY}` });
    expect(body).toMatchObject({ stream: true, temperature: 0, max_tokens: 512 });
    expect(body).not.toHaveProperty('tools');
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(body.messages[1]!.content).toMatch(
      /title: "red"[\s\S]*caption: "green"[\s\S]*Question: What is shown\?$/,
    );
  });

  it('asks for no more tokens than an answer may have, whatever its caller wants', async () => {
    await collect(model('vllm/greedy').generate({ ...request, maxTokens: 4096 }));
    expect((await server.received('vllm/greedy'))[0]).toMatchObject({ body: { max_tokens: 512 } });
  });

  it('shows frames as pictures, each after its time', async () => {
    const frames = [1, 2].map((timeSeconds) => ({
      timeSeconds,
      jpeg: new Uint8Array([0xff, 0xd8, timeSeconds]),
    }));
    const shown = { ...request, evidence: [{ ...evidence[0]!, frames }] };
    await collect(model('vllm/frames', {}, { takes: ['frames'] }).generate(shown));
    const content = (await server.received('vllm/frames'))[0]!.body.messages.at(-1)!.content;
    if (typeof content === 'string') throw new Error('no parts');
    expect(content.map(({ type }) => type)).toEqual(['text', 'image_url', 'text', 'image_url', 'text']);
    expect(content[0]!.text).toMatch(/Picture at 1\.0 s:$/);
    expect(content[2]!.text).toMatch(/Picture at 2\.0 s:$/);
    expect(content[1]!.image_url!.url).toBe('data:image/jpeg;base64,/9gB');
    expect(JSON.stringify(content)).not.toContain('title');
  });

  it('carries projected features as prompt embeddings', async () => {
    const projector = {
      modelFingerprint: 'f',
      project: () => ({ tokens: 1, hidden: 2, values: Float32Array.from([1, 2]) }),
    };
    const features = { modelFingerprint: 'f', embedding: new Float32Array(1), tokens: new Float32Array(2) };
    const shown = { ...request, evidence: [{ ...evidence[0]!, features }] };
    await collect(model('vllm/features', {}, { takes: ['features'], projector }).generate(shown));
    const content = (await server.received('vllm/features'))[0]!.body.messages.at(-1)!.content;
    if (typeof content === 'string') throw new Error('no parts');
    expect(content.map((part) => Object.keys(part))).toEqual([
      ['type', 'text'],
      ['type', 'data'],
      ['type', 'text'],
    ]);
    expect(content[1]).toMatchObject({ type: 'prompt_embeds', data: expect.stringMatching(/^UEsDB/) });
  });

  it('is not sent without evidence the model takes', async () => {
    await expect(
      collect(model('vllm/none', {}, { takes: ['frames'] }).generate(request)),
    ).rejects.toMatchObject({
      code: 'invalid-input',
    });
    expect(await server.received('vllm/none')).toEqual([]);
  });
});

describe('what goes wrong upstream', () => {
  it.each([
    ['malformed', 'language-model-failed'],
    ['error-chunk', 'language-model-failed'],
    ['html', 'language-model-failed'],
    ['cut', 'language-model-failed'],
    ['no-finish', 'language-model-failed'],
    ['busy', 'language-model-busy'],
    ['busy-long', 'language-model-busy'],
    ['error', 'language-model-unavailable'],
    ['redirect', 'language-model-refused'],
    ['forbidden', 'language-model-refused'],
    ['no-such-model', 'language-model-refused'],
  ])('%s: is told as %s', async (name, code) => {
    expect(await failure(name)).toMatchObject({ code });
  });

  it.each(['busy-once', 'error-once'])('%s: is tried again', async (name) => {
    expect(textOf(await collect(model(name).generate(request)))).toContain('A red scene is first');
    expect(await server.received(name)).toHaveLength(2);
  });

  it("is tried three times at most, and not at all against the server's will", async () => {
    await failure('error/thrice');
    expect(await server.received('error/thrice')).toHaveLength(3);
    expect(await failure('busy-long/once')).toMatchObject({ details: { retryAfterSeconds: 3600 } });
    expect(await server.received('busy-long/once')).toHaveLength(1);
    for (const name of ['forbidden/once', 'redirect/once']) {
      await failure(name);
      expect(await server.received(name)).toHaveLength(1);
    }
  });

  it.each(['hang', 'hang-midway'])('%s: ends in time, and leaves nothing running', async (name) => {
    expect(await failure(name, { silenceMs: 100 })).toMatchObject({ code: 'timed-out' });
    await vi.waitFor(async () => expect((await server.received(name))[0]!.closed).toBe('aborted'));
  });

  it('slow: ends at the limit for the whole answer', async () => {
    expect(await failure('slow', { totalMs: 200 })).toMatchObject({ code: 'timed-out' });
  });

  it('nothing listens: is told as unavailable', async () => {
    const lost = model('vllm', {}, { baseUrl: 'http://127.0.0.1:9/v1' });
    await expect(collect(lost.generate(request))).rejects.toMatchObject({
      code: 'language-model-unavailable',
    });
  });

  it('leaves a server alone that fails again and again', async () => {
    const failing = model('error/broken', { retries: 0, breakerFailures: 2, breakerPauseMs: 60_000 });
    for (let attempt = 0; attempt < 4; attempt++) {
      await expect(collect(failing.generate(request))).rejects.toMatchObject({
        code: 'language-model-unavailable',
      });
    }
    expect(await server.received('error/broken')).toHaveLength(2);
  });
});

describe('whoever asked and left', () => {
  it('ends the request within a second', async () => {
    const leaving = new AbortController();
    const answering = collect(model('hang-midway/left').generate(request, leaving.signal));
    await vi.waitFor(async () => expect(await server.received('hang-midway/left')).toHaveLength(1));
    const leftAtMs = Date.now();
    leaving.abort();
    await expect(answering).rejects.toMatchObject({ code: 'cancelled' });
    const [received] = await vi.waitFor(async () => {
      const requests = await server.received('hang-midway/left');
      expect(requests[0]!.closed).toBe('aborted');
      return requests;
    });
    expect(received!.closedAtMs! - leftAtMs).toBeLessThan(1000);
  });

  it('ends it by leaving the loop as well', async () => {
    for await (const event of model('slow/loop').generate(request)) if (event.type === 'delta') break;
    await vi.waitFor(async () => expect((await server.received('slow/loop'))[0]!.closed).toBe('aborted'));
  });
});

describe('settings', () => {
  it.each(['ftp://x/v1', 'localhost:8000', 'http://user:secret@host/v1'])(
    'refuse the address %s',
    (baseUrl) => {
      expect(() => model('vllm', {}, { baseUrl })).toThrow(
        expect.objectContaining({ code: 'invalid-input' }),
      );
    },
  );

  it('refuse features without a projector', () => {
    expect(() => model('vllm', {}, { takes: ['features'] })).toThrow('through a projector only');
  });
});
