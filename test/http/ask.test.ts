import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OpenAiLanguageModel } from '../../src/adapters/language-openai/openai-language-model.js';
import type { OpenAiLimits } from '../../src/adapters/language-openai/openai-settings.js';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { createApp } from '../../src/http/create-app.js';
import { readEvents } from '../../src/http/web/client/event-stream.js';
import { type AnswerEventMessage, answerEvents } from '../contract/http-ask.contract.js';
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

    const all = await answerEvents(await post(`${url}/v1/ask`, question, SSE));
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
    const seen: AnswerEventMessage[] = [];
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
    const all = await answerEvents(await post(`${url}/v1/ask`, question, SSE));
    const headers = { ...SSE, 'last-event-id': all[2]!.id! };
    expect(await answerEvents(await post(`${url}/v1/ask`, question, headers))).toEqual(all.slice(3));
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
