import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OpenAiLanguageModel } from '../../src/adapters/language-openai/openai-language-model.js';
import type { OpenAiLimits } from '../../src/adapters/language-openai/openai-settings.js';
import { ingestVideo } from '../../src/app/ingest-video.js';
import type { Answer } from '../../src/domain/answer.js';
import { createApp } from '../../src/http/create-app.js';
import { readEvents } from '../../src/http/web/client/event-stream.js';
import { colourLibrary } from '../support/colour-library.js';
import { writeScript } from '../support/colour-world.js';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server.js';
import { serveApp } from '../support/serve-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let upstream: OpenAiServer;
beforeAll(async () => {
  upstream = await startOpenAiServer();
});
afterAll(() => upstream.stop());

const KEY = 'sk-very-secret';
/** Nothing of what an upstream server says, nor where it is, may reach a client. */
const LEAKED = /SECRET|sk-very|127\.0\.0\.1|\/srv\//;

/** A library with a red, a green and a blue video, and a server of ours in front of the upstream one. */
async function asking(model: string, limits: Partial<OpenAiLimits> = {}) {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const videoIds: Record<string, string> = {};
  for (const colour of ['red', 'green', 'blue']) {
    const script = { framesPerSecond: 10, scenes: [[colour, 3]] as [string, number][] };
    const { video } = await ingestVideo(await writeScript(folder, `${colour}.mp4`, script), library);
    videoIds[colour] = video.id;
  }
  const languageModel = new OpenAiLanguageModel({
    baseUrl: upstream.baseUrl,
    model,
    apiKey: KEY,
    takes: ['text'],
    limits: { retryPauseMs: 5, ...limits },
  });
  const logFault = vi.fn();
  const app = createApp({
    ...library,
    answers: { ...library.answers, languageModel },
    version: '1.2.3',
    reportsFolder: folder,
    logFault,
  });
  return { url: await serveApp(app), library, videoIds, logFault };
}

function post(url: string, body: object, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

const SSE = { accept: 'text/event-stream' };
const question = { question: 'red or green' };

interface Event {
  event: string;
  id: string | undefined;
  data: Record<string, unknown>;
}

async function events(response: Response): Promise<Event[]> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const all: Event[] = [];
  for await (const { event, id, data } of readEvents(response.body!))
    all.push({ event, id, data: JSON.parse(data) });
  return all;
}

describe('POST /v1/ask', () => {
  it('answers with what was shown, and citations that were held against their clips', async () => {
    const { url, videoIds } = await asking('vllm');
    const response = await post(`${url}/v1/ask`, question);
    expect(response.status).toBe(200);
    const answer = (await response.json()) as Answer;
    expect(answer).toMatchObject({
      text: 'A red scene is first. Then a green one.',
      outcome: 'answered',
      abstained: false,
      model: 'vllm',
      usage: { inputTokens: 120, outputTokens: 9 },
      citationCounts: { total: 2 },
    });
    expect(answer.clips).toHaveLength(3);
    const [first, second] = answer.citations;
    expect(first).toMatchObject({
      evidenceId: 'c1',
      sentence: 'A red scene is first.',
      startSeconds: 0,
      endSeconds: 3,
    });
    expect(second).toMatchObject({ evidenceId: 'c2', sentence: 'Then a green one.' });
    // The times and videos are the library's, whatever the model wrote.
    for (const citation of answer.citations) {
      expect(answer.clips.find(({ evidenceId }) => evidenceId === citation.evidenceId)).toMatchObject({
        videoId: citation.videoId,
        clipId: citation.clipId,
      });
      const isTrue = videoIds[citation.sentence.includes('red') ? 'red' : 'green'] === citation.videoId;
      expect(citation.verified).toBe(isTrue);
    }
  });

  it('streams the same as events, each with an id', async () => {
    const { url } = await asking('vllm');
    const all = await events(await post(`${url}/v1/ask`, question, SSE));
    expect(all[0]!.event).toBe('retrieval');
    expect(all.slice(-2).map(({ event }) => event)).toEqual(['usage', 'done']);
    const text = all.filter(({ event }) => event === 'delta').map(({ data }) => data.text);
    expect(text.join('')).toBe('A red scene is first. Then a green one.');
    expect(text.length).toBeGreaterThan(3);
    expect(all.filter(({ event }) => event === 'citation')).toHaveLength(2);
    expect(all.at(-1)!.data).toMatchObject({ outcome: 'answered', conversationId: expect.any(String) });
    const ids = all.map(({ id }) => id!.split(':'));
    expect(ids.map(([, number]) => Number(number))).toEqual(all.map((_, order) => order + 1));
    expect(new Set(ids.map(([stream]) => stream)).size).toBe(1);
  });

  it('abstains as an outcome, not as an error', async () => {
    const { url } = await asking('abstain');
    const answer = await (await post(`${url}/v1/ask`, question)).json();
    expect(answer).toMatchObject({
      outcome: 'abstained',
      abstained: true,
      text: 'No boat is shown.',
      citations: [],
    });
  });

  it('passes on no links and no pictures', async () => {
    const { url } = await asking('links');
    const { text } = (await (await post(`${url}/v1/ask`, question)).json()) as Answer;
    expect(text).toBe('See x and here.');
  });

  it('asks on in a conversation, about the same thing only', async () => {
    const { url, videoIds } = await asking('vllm/conversation');
    const first = (await (await post(`${url}/v1/ask`, question)).json()) as Answer;
    const { conversationId } = first;
    const next = await post(`${url}/v1/ask`, { question: 'and then?', conversationId });
    expect(await next.json()).toMatchObject({ conversationId });
    const { messages } = (await upstream.received('vllm/conversation'))[1]!.body;
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(messages[2]!.content).toBe(first.text);

    const elsewhere = await post(`${url}/v1/videos/${videoIds.red}/ask`, {
      question: 'and?',
      conversationId,
    });
    expect(elsewhere.status).toBe(400);
    const unknown = await post(`${url}/v1/ask`, { ...question, conversationId: crypto.randomUUID() });
    expect(unknown.status).toBe(404);
  });

  it('has nothing to say of an empty library, and does not ask the model', async () => {
    const { url, library, videoIds } = await asking('vllm/empty');
    for (const id of Object.values(videoIds)) {
      const deleted = await library.catalog.deleteVideo(id);
      await library.index.remove(deleted!.clipIds);
    }
    const answer = await (await post(`${url}/v1/ask`, question)).json();
    expect(answer).toMatchObject({ outcome: 'abstained', clips: [] });
    expect(await upstream.received('vllm/empty')).toEqual([]);
  });

  it.each([
    ['no question', {}],
    ['an empty question', { question: ' ' }],
    ['a conversation that is no id', { ...question, conversationId: 'x' }],
    ['no tokens', { ...question, maxTokens: 0 }],
  ])('refuses %s', async (_, body) => {
    const { url } = await asking('vllm');
    for (const headers of [{}, SSE]) expect((await post(`${url}/v1/ask`, body, headers)).status).toBe(400);
  });
});

describe('POST /v1/videos/{id}/ask and /v1/clips/{id}/ask', () => {
  it('show the model nothing of other videos', async () => {
    const { url, videoIds, library } = await asking('vllm/video');
    const response = await post(`${url}/v1/videos/${videoIds.green}/ask`, question);
    const { clips, citations } = (await response.json()) as Answer;
    expect(clips.map(({ videoId }) => videoId)).toEqual([videoIds.green]);
    // The model cites c1 and c2; there is one clip.
    expect(citations.map(({ videoId }) => videoId)).toEqual([videoIds.green]);
    const [clip] = await library.catalog.clipsOfVideo(videoIds.blue!);
    const about = (await (await post(`${url}/v1/clips/${clip!.id}/ask`, question)).json()) as Answer;
    expect(about.clips.map(({ clipId }) => clipId)).toEqual([clip!.id]);
    const [first, second] = await upstream.received('vllm/video');
    expect(JSON.stringify(first!.body.messages)).toMatch(/title: \\"green\\"/);
    expect(JSON.stringify(second!.body.messages)).toMatch(/title: \\"blue\\"/);
    expect(JSON.stringify(first!.body.messages)).not.toMatch(/title: \\"(red|blue)\\"/);
  });

  it('are not found where there is none, in a stream too', async () => {
    const { url } = await asking('vllm');
    for (const headers of [{}, SSE]) {
      for (const path of ['/v1/videos/none/ask', '/v1/clips/999/ask']) {
        const response = await post(`${url}${path}`, question, headers);
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ code: 'not-found' });
      }
    }
    expect((await post(`${url}/v1/clips/x/ask`, question)).status).toBe(400);
  });
});

describe('a language model that fails', () => {
  it.each([
    ['error', 503, 'language-model-unavailable'],
    ['busy', 503, 'language-model-busy'],
    ['forbidden', 502, 'language-model-refused'],
    ['malformed', 502, 'language-model-failed'],
    ['error-chunk', 502, 'language-model-failed'],
    ['html', 502, 'language-model-failed'],
    ['cut', 502, 'language-model-failed'],
    ['hang', 504, 'timed-out'],
    ['hang-midway', 504, 'timed-out'],
  ])('%s: is a problem with status %i, or an error event', async (model, status, code) => {
    const { url, logFault } = await asking(model, { silenceMs: 200 });
    const response = await post(`${url}/v1/ask`, question);
    expect(response.status).toBe(status);
    const said = await response.text();
    expect(JSON.parse(said)).toMatchObject({ status, code });
    expect(said).not.toMatch(LEAKED);

    const all = await events(await post(`${url}/v1/ask`, question, SSE));
    expect(all[0]!.event).toBe('retrieval');
    expect(all.at(-1)).toMatchObject({ event: 'error', data: { status, code } });
    expect(JSON.stringify(all)).not.toMatch(LEAKED);
    expect(logFault).toHaveBeenCalledTimes(2);
    expect(
      JSON.stringify(logFault.mock.calls.map(([fault]) => [String(fault), String(fault.cause)])),
    ).not.toContain(KEY);
  });

  it.each(['busy-once', 'error-once'])('%s: is asked again', async (model) => {
    const { url } = await asking(model);
    expect((await post(`${url}/v1/ask`, question)).status).toBe(200);
  });

  it('is none: says so, and what to do', async () => {
    const folder = await temporaryFolder();
    const app = createApp({
      ...colourLibrary(folder),
      version: '1',
      reportsFolder: folder,
      logFault: () => {},
    });
    const response = await app.request('/v1/ask', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'missing-dependency',
      hint: expect.stringContaining('VIDERE_LLM_URL'),
    });
  });
});

describe('a client that leaves', () => {
  it.each([
    ['an answer in one piece', {}],
    ['a stream', SSE],
  ])('ends the request upstream within a second: %s', async (name, headers) => {
    const model = `slow/left ${name}`;
    const { url } = await asking(model);
    const leaving = new AbortController();
    const answering = post(`${url}/v1/ask`, question, headers, leaving.signal).then((response) =>
      response.text(),
    );
    await vi.waitFor(async () => expect(await upstream.received(model)).toHaveLength(1));
    const leftAtMs = Date.now();
    leaving.abort();
    await expect(answering).rejects.toThrow();
    const closed = await vi.waitFor(async () => {
      const [received] = await upstream.received(model);
      expect(received!.closed).toBe('aborted');
      return received!;
    }, 3000);
    expect(closed.closedAtMs! - leftAtMs).toBeLessThan(1000);
  });

  it('and comes back at once goes on where it was', async () => {
    const model = 'slow/resumed';
    const { url } = await asking(model);
    const leaving = new AbortController();
    const seen: Event[] = [];
    const response = await post(`${url}/v1/ask`, question, SSE, leaving.signal);
    for await (const { event, id, data } of readEvents(response.body!)) {
      seen.push({ event, id, data: JSON.parse(data) });
      if (seen.length === 4) break;
    }
    leaving.abort();
    const headers = { ...SSE, 'last-event-id': seen.at(-1)!.id! };
    const resumed = await post(`${url}/v1/ask`, question, headers);
    for await (const { event, id, data } of readEvents(resumed.body!)) {
      seen.push({ event, id, data: JSON.parse(data) });
      if (seen.length === 8) break;
    }
    const text = seen.flatMap(({ event, data }) => (event === 'delta' ? [data.text] : [])).join('');
    expect('word0 word1 word2 word3 word4 word5 word6 word7 ').toContain(text);
    expect(text).toMatch(/^word0 word1 /);
    expect(await upstream.received(model)).toHaveLength(1);
  });

  it('and comes back after the end gets what it missed', async () => {
    const { url } = await asking('vllm');
    const all = await events(await post(`${url}/v1/ask`, question, SSE));
    const headers = { ...SSE, 'last-event-id': all[2]!.id! };
    expect(await events(await post(`${url}/v1/ask`, question, headers))).toEqual(all.slice(3));
    // Another path, or an answer that never was, is not to be had.
    expect((await post(`${url}/v1/clips/1/ask`, question, headers)).status).toBe(404);
    const unknown = { ...SSE, 'last-event-id': `${crypto.randomUUID()}:1` };
    expect((await post(`${url}/v1/ask`, question, unknown)).status).toBe(404);
    const nonsense = { ...SSE, 'last-event-id': 'x' };
    expect((await post(`${url}/v1/ask`, question, nonsense)).status).toBe(400);
  });
});

describe('POST /v1/clips/{id}/caption', () => {
  it('keeps what the model says, as evidence for the next question', async () => {
    const { url, library, videoIds } = await asking('vllm/caption');
    const [clip] = await library.catalog.clipsOfVideo(videoIds.red!);
    const response = await post(`${url}/v1/clips/${clip!.id}/caption`, {});
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      clipId: clip!.id,
      text: 'A red scene is first. Then a green one.',
      model: 'vllm/caption',
      createdAt: expect.any(String),
    });
    await post(`${url}/v1/clips/${clip!.id}/ask`, question);
    const { messages } = (await upstream.received('vllm/caption'))[1]!.body;
    expect(JSON.stringify(messages)).toContain('caption: \\"A red scene is first');
    expect((await post(`${url}/v1/clips/999/caption`, {})).status).toBe(404);
  });
});
