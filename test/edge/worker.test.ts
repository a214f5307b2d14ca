import type { D1Database } from '@cloudflare/workers-types';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { D1EdgeCopy } from '../../src/adapters/edge-copy-d1/d1-edge-copy.js';
import { createApiKey } from '../../src/app/access/manage-api-keys.js';
import { measureFacts } from '../../src/app/edge/measure-facts.js';
import { pushLibrary } from '../../src/app/edge/push-library.js';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { deleteVideo } from '../../src/app/videos/delete-video.js';
import { serveEdge } from '../../src/edge/serve-edge.js';
import { createApp } from '../../src/http/create-app.js';
import { createEncoderApp } from '../../src/http/create-encoder-app.js';
import type { StoredApiKey } from '../../src/ports/api-keys.js';
import type { PictureWriter } from '../../src/ports/picture-writer.js';
import { ASKED_MODELS, describeAsking } from '../contract/http-ask.contract.js';
import { describeMedia } from '../contract/http-media.contract.js';
import { describeSearch } from '../contract/http-search.contract.js';
import { describeVideos } from '../contract/http-videos.contract.js';
import { writeScript } from '../support/colour-world.js';
import { type EdgeWorker, startEdgeWorker } from '../support/edge-worker.js';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server.js';
import { readingFile, readingLibrary } from '../support/reading-library.js';
import { serveApp } from '../support/serve-app.js';
import type { WhenOver } from '../support/temporary-folder.js';

const cleanUps: (() => void | Promise<void>)[] = [];
const whenOver: WhenOver = (cleanUp) => void cleanUps.push(cleanUp);
let upstream: OpenAiServer;
let worker: EdgeWorker;
let base: { VIDERE_ENCODERS: string; VIDERE_LLM_URL: string };
const realFetch = globalThis.fetch;
let library: Awaited<ReturnType<typeof readingLibrary>>;

beforeAll(async () => {
  library = await readingLibrary(whenOver);
  upstream = await startOpenAiServer();
  whenOver(() => upstream.stop());
  const encoder = createEncoderApp({ ...library.library, version: '1', logFault: () => {} });
  base = {
    VIDERE_ENCODERS: await serveApp(encoder, whenOver),
    VIDERE_LLM_URL: upstream.baseUrl,
  };
  const models = ASKED_MODELS.map((model) => [model, { ...base, VIDERE_LLM_MODEL: model }] as const);
  const pictures = { ...base, VIDERE_LLM_MODEL: 'vllm/pictures', VIDERE_LLM_EVIDENCE: 'text, frames' };
  worker = await startEdgeWorker({
    ...Object.fromEntries(models),
    pictures,
    alone: {},
    open: { VIDERE_OPEN: 'true' },
  });
  whenOver(() => worker.close());
  await push();
}, 60_000);
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

/** Pictures that say what they are of. */
const pictures: PictureWriter = {
  jpeg: async ({ pixels }) => new TextEncoder().encode(`picture of ${pixels.slice(0, 3)}`),
};

async function push(keys?: readonly StoredApiKey[]) {
  const { blobs, media, index, textEncoder, openSnapshot } = library.library;
  const captions = ['red green', 'green blue', 'a cat', 'blue blue red'];
  const facts = await measureFacts({ index, textEncoder, captions });
  const snapshot = openSnapshot();
  try {
    const source = { snapshot, blobs, media, facts, pictures, keys };
    return await pushLibrary(source, new D1EdgeCopy(worker.database, worker.files));
  } finally {
    await snapshot.close();
  }
}

const openWorker = async () => ({
  idOf: library.idOf,
  request: (path: string, init?: RequestInit, model: string = ASKED_MODELS[0]) =>
    worker.request(model, path, init),
});

describeSearch('the Worker', openWorker);
describeVideos('the Worker', openWorker);
describeMedia('of the Worker', async () => ({
  request: (path, init) => worker.request('vllm', path, init),
  path: `/v1/videos/${library.idOf.get('red')}/media`,
  content: readingFile('red'),
}));
describeAsking('the Worker', openWorker, () => upstream);

interface SearchBody {
  results: { clipId: number; videoId: string; title: string; score: number }[];
}

const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const found = async (response: Response) => {
  expect(response.status).toBe(200);
  return ((await response.json()) as SearchBody).results;
};

describe('the Worker', () => {
  it.each([
    { query: 'red', limit: 50 },
    { query: 'red green', limit: 3, exact: true },
    { query: 'blue', groupBy: 'video', limit: 50 },
    { query: 'green', filter: { titleContains: 'mixed' } },
    { vector: [0.3, 0.6, -0.1], limit: 50 },
  ])('finds what the server finds, with the same scores: %j', async (body) => {
    const { library: parts, folder } = library;
    const server = createApp({ ...parts, version: '1', reportsFolder: folder, logFault: () => {} });
    const told = ({ clipId, score }: SearchBody['results'][number]) => ({ clipId, score });
    const there = await found(await worker.request('vllm', '/v1/search', post(body)));
    const here = await found(await server.request('/v1/search', post(body)));
    expect(there.length).toBeGreaterThan(0);
    expect(there.map(told)).toEqual(here.map(told));
  });

  it('sees what is pushed, and what is gone, from the next request on', async () => {
    const { catalog, index, blobs } = library.library;
    const search = async () =>
      (await found(await worker.request('vllm', '/v1/search', post({ query: 'blue', limit: 50 })))).map(
        ({ title }) => title,
      );
    expect(await search()).toContain('sunset');
    const file = await writeScript(library.folder, 'late.mp4', {
      framesPerSecond: 10,
      scenes: [['blue', 7]],
    });
    const { video } = await ingestVideo(file, library.library);
    await push();
    expect((await search()).slice(0, 2).sort()).toEqual(['late', 'sunset']);
    expect((await worker.request('vllm', `/v1/videos/${video.id}/media`)).status).toBe(200);

    await deleteVideo({ catalog, index, blobs }, video.id);
    await push();
    expect(await search()).not.toContain('late');
    for (const path of ['', '/media', '/clips', '/thumbnail'])
      expect((await worker.request('vllm', `/v1/videos/${video.id}${path}`)).status).toBe(404);
  });

  it('asks an encoder once for what many search for', async () => {
    const encode = vi.spyOn(library.library.textEncoder, 'encode');
    const query = 'red beside green';
    const first = await found(await worker.request('vllm', '/v1/search', post({ query })));
    for (const name of ['vllm', 'abstain'])
      expect(await found(await worker.request(name, '/v1/search', post({ query })))).toEqual(first);
    expect(encode.mock.calls.filter(([texts]) => texts.includes(query))).toHaveLength(1);
    encode.mockRestore();
  });

  it('shows the language model the pictures that were pushed', async () => {
    const path = `/v1/videos/${library.idOf.get('sunset')}/ask`;
    expect((await worker.request('pictures', path, post({ question: 'Is it red?' }))).status).toBe(200);
    const [received] = await upstream.received('vllm/pictures');
    const shown = JSON.stringify(received!.body.messages);
    const blue = Buffer.from('picture of 0,0,255').toString('base64');
    expect(shown.split(`data:image/jpeg;base64,${blue}`)).toHaveLength(5);
  });

  it('says that it is a copy to read, to those who want to change something', async () => {
    const hint = expect.stringContaining('read-only copy');
    for (const [method, path, status] of [
      ['POST', '/v1/jobs', 404],
      ['GET', '/v1/webhooks', 404],
      ['POST', '/v1/videos', 405],
      ['DELETE', `/v1/videos/${library.idOf.get('red')}`, 405],
    ] as const) {
      const response = await worker.request('vllm', path, { method });
      expect([path, response.status, await response.json()]).toEqual([
        path,
        status,
        expect.objectContaining({ hint }),
      ]);
    }
    const form = new FormData();
    form.set('request', '{"query":"red"}');
    const body = new Response(form);
    const sent = { method: 'POST', headers: Object.fromEntries(body.headers), body: await body.text() };
    expect((await worker.request('vllm', '/v1/search', sent)).status).toBe(415);
    const image = Buffer.from('a picture').toString('base64');
    expect((await worker.request('vllm', '/v1/search', post({ image }))).status).toBe(400);
  });

  it('can be looked at and searched by vectors without an encoder, and says what else it needs', async () => {
    const [best] = await found(await worker.request('alone', '/v1/search', post({ vector: [0, 0, 1] })));
    expect(best!.title).toBe('sunset');
    const text = await worker.request('alone', '/v1/search', post({ query: 'something unheard of' }));
    expect(text.status).toBe(503);
    const encoders = expect.stringContaining('VIDERE_ENCODERS');
    expect(await text.json()).toMatchObject({ code: 'missing-dependency', hint: encoders });
    const asked = await worker.request('alone', '/v1/ask', post({ question: 'red?' }));
    expect(asked.status).toBe(503);
    expect(await asked.json()).toMatchObject({ hint: expect.stringContaining('VIDERE_LLM_URL') });
    expect((await worker.request('alone', '/readyz')).status).toBe(503);
  });

  it('lets in who has a key of the library, or everybody where it is open', async () => {
    const elsewhere = 'https://edge.example.org/v1/videos';
    const { key, text } = await createApiKey(library.library.access.keys, {
      name: 'reader',
      scopes: ['read'],
    });
    const keyed = { headers: { authorization: `Bearer ${text}` } };
    expect((await worker.request('vllm', elsewhere)).status).toBe(401);
    expect((await worker.request('vllm', elsewhere, keyed)).status).toBe(401);
    await push([(await library.library.access.keys.findKey(key.id))!]);
    expect((await worker.request('vllm', elsewhere, keyed)).status).toBe(200);
    expect((await worker.request('vllm', elsewhere)).status).toBe(401);
    expect((await worker.request('open', elsewhere)).status).toBe(200);
    await push([]);
    expect((await worker.request('vllm', elsewhere, keyed)).status).toBe(401);
  });

  it('asks D1 and other services less often than is granted to a request where nothing is paid for', async () => {
    let asked = 0;
    const database = countingCalls(worker.database, () => asked++);
    const fetching = vi.spyOn(globalThis, 'fetch').mockImplementation((...given) => {
      asked++;
      return realFetch(...given);
    });
    const { VIDERE_ENCODERS } = base;
    const environment = { DB: database, MEDIA: worker.files, VIDERE_ENCODERS };
    const model = { VIDERE_LLM_URL: upstream.baseUrl, VIDERE_LLM_MODEL: 'vllm/counted' };
    const noCache = { match: async () => undefined, put: async () => {} };
    const app = serveEdge({ ...environment, ...model }, noCache);
    const countOf = async (path: string, body: unknown) => {
      asked = 0;
      expect((await app.request(`http://localhost${path}`, post(body))).status).toBe(200);
      return asked;
    };
    // The first of an isolate reads the library's facts and vectors as well.
    expect(await countOf('/v1/search', { query: 'red', filter: { tags: ['new'] } })).toBeLessThan(12);
    expect(await countOf('/v1/search', { query: 'red' })).toBeLessThan(6);
    expect(await countOf('/v1/ask', { question: 'red or green' })).toBeLessThan(50);
    fetching.mockRestore();
  });
});

/** A database that tells of every request it makes. */
function countingCalls(database: D1Database, told: () => void): D1Database {
  const counting = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (of, name) => {
        const value: unknown = Reflect.get(of, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          const result: unknown = value.apply(of, given);
          if (name === 'prepare' || name === 'bind') return counting(result as object);
          told();
          return result;
        };
      },
    });
  return counting(database);
}
