import { afterAll, beforeAll } from 'vitest';
import { D1EdgeCopy } from '../../src/adapters/edge-copy-d1/d1-edge-copy.js';
import { measureFacts } from '../../src/app/edge/measure-facts.js';
import { pushLibrary } from '../../src/app/edge/push-library.js';
import { createEncoderApp } from '../../src/http/create-encoder-app.js';
import type { PictureWriter } from '../../src/ports/picture-writer.js';
import { ASKED_MODELS, describeAsking } from '../contract/http-ask.contract.js';
import { describeMedia } from '../contract/http-media.contract.js';
import { describeSearch } from '../contract/http-search.contract.js';
import { describeVideos } from '../contract/http-videos.contract.js';
import { type EdgeWorker, startEdgeWorker } from '../support/edge-worker.js';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server.js';
import { readingFile, readingLibrary } from '../support/reading-library.js';
import { serveApp } from '../support/serve-app.js';
import type { WhenOver } from '../support/temporary-folder.js';

const cleanUps: (() => void | Promise<void>)[] = [];
const whenOver: WhenOver = (cleanUp) => void cleanUps.push(cleanUp);
let upstream: OpenAiServer;
let worker: EdgeWorker;
let library: Awaited<ReturnType<typeof readingLibrary>>;

beforeAll(async () => {
  library = await readingLibrary(whenOver);
  upstream = await startOpenAiServer();
  whenOver(() => upstream.stop());
  const encoder = createEncoderApp({ ...library.library, version: '1', logFault: () => {} });
  const base = {
    VIDERE_ENCODERS: await serveApp(encoder, whenOver),
    VIDERE_LLM_URL: upstream.baseUrl,
  };
  const models = ASKED_MODELS.map((model) => [model, { ...base, VIDERE_LLM_MODEL: model }] as const);
  worker = await startEdgeWorker({ ...Object.fromEntries(models), alone: {} });
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

async function push() {
  const { blobs, media, index, textEncoder, openSnapshot } = library.library;
  const captions = ['red green', 'green blue', 'a cat', 'blue blue red'];
  const facts = await measureFacts({ index, textEncoder, captions });
  const snapshot = openSnapshot();
  try {
    const source = { snapshot, blobs, media, facts, pictures };
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
