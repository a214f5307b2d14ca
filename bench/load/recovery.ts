import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveWatched, type WatchedService } from '../../test/support/watched-service.js';
import { buildLibrary } from '../search/build-library.js';
import { benchmarkBundle, DIMENSION } from '../search/bundle.js';
import { playgroundVectors } from '../search/playground-vectors.js';
import { SyntheticVectors } from '../search/synthetic-vectors.js';
import { temporaryLibrary } from './temporary-library.js';

const CLIPS = 100_000;
const SEED_OF_CLIPS = 1;
const SEED_OF_QUERIES = 2;
const POLL_MS = 500;

/**
 * How long a server of 100,000 clips takes from its start to its first answer, with its index file and without; and how long
 * to make the index again while it answers. The library is built once and kept in the cache folder: some minutes.
 */
export async function measureRecovery(cacheFolder: string): Promise<Record<string, number>> {
  await mkdir(cacheFolder, { recursive: true });
  const { clips, texts } = await playgroundVectors(join(cacheFolder, 'playground'));
  const gallery = new SyntheticVectors(clips, DIMENSION, SEED_OF_CLIPS);
  const query = new SyntheticVectors(texts, DIMENSION, SEED_OF_QUERIES).at(0);
  const bundle = await benchmarkBundle(cacheFolder);
  const built = await buildLibrary(cacheFolder, gallery, CLIPS, bundle.fingerprint, (line) =>
    process.stdout.write(`${line}\n`),
  );
  const dataFolder = await temporaryLibrary();
  const flags = ['--data', dataFolder, '--bundle', bundle.folder];
  const body = JSON.stringify({ vector: Buffer.from(query.buffer).toString('base64'), limit: 10 });
  try {
    await cp(built, dataFolder, { recursive: true });
    const whole = await serveWatched(flags);
    const withIndex = await firstAnswer(whole, body);
    await whole.stop();

    for (const name of await readdir(dataFolder))
      if (name.endsWith('.hnsw')) await rm(join(dataFolder, name));
    const bare = await serveWatched(flags);
    const without = await firstAnswer(bare, body);
    const rebuildSeconds = await untilArranged(bare);
    const after = await answer(bare, body);
    await bare.stop();
    if (without.ids.join() !== withIndex.ids.join() || after.ids.join() !== withIndex.ids.join()) {
      throw new Error('The answers without the index are not those with it.');
    }
    process.stdout.write(
      `${CLIPS} clips: first answer ${withIndex.seconds.toFixed(2)} s after the start with the index, ` +
        `${without.seconds.toFixed(2)} s without (${without.milliseconds.toFixed(0)} ms for the search itself); ` +
        `the index again after ${rebuildSeconds.toFixed(0)} s\n`,
    );
    return {
      'recovery.with_index_s': withIndex.seconds,
      'recovery.without_index_s': without.seconds,
      'recovery.exact_search_ms': without.milliseconds,
      'recovery.rebuild_s': rebuildSeconds,
    };
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function firstAnswer(service: WatchedService, body: string) {
  const answered = await answer(service, body);
  return { ...answered, seconds: (service.startMs + answered.milliseconds) / 1000 };
}

async function answer({ url }: WatchedService, body: string) {
  const start = performance.now();
  const response = await fetch(`${url}/v1/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { results } = (await response.json()) as { results: { clipId: number }[] };
  return { milliseconds: performance.now() - start, ids: results.map(({ clipId }) => clipId) };
}

/** @returns the seconds since the server was started. */
async function untilArranged({ url, startMs }: WatchedService): Promise<number> {
  const start = performance.now();
  for (;;) {
    const response = await fetch(`${url}/v1/status`);
    const { index } = (await response.json()) as { index: { clips: number; unarranged: number } };
    if (index.clips >= CLIPS && index.unarranged === 0) return (startMs + performance.now() - start) / 1000;
    await sleep(POLL_MS);
  }
}
