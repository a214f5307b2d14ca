import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serveWatched } from '../../test/support/watched-service.js';
import { load } from '../search/load.js';
import { ingestAgain } from './api.js';
import { temporaryLibrary } from './temporary-library.js';

const playground = fileURLToPath(new URL('../../models/playground', import.meta.url));
/** Two minutes each; what is decoded and encoded at a time is two, and the rest waits. */
const VIDEOS = ['long00.mp4', 'long01.webm', 'long02.mkv', 'long03.mp4'];
const SEARCHES_A_SECOND = 10;

/** How late the event loop of a server is that ingests without a pause and is asked something all the time. */
export async function measureLoopDelay(seconds: number): Promise<Record<string, number>> {
  const dataFolder = await temporaryLibrary();
  const service = await serveWatched(['--data', dataFolder]);
  const ended = new AbortController();
  try {
    const ingesting = Promise.all(
      VIDEOS.map((name) => ingestAgain(service.url, join(playground, 'demo', name), ended.signal)),
    );
    // When the server fails them, what is asked below fails as well, and says so.
    ingesting.catch(() => {});
    // All are under way, and what is compiled and loaded only once is.
    await sleep(5000);
    service.resetLoop();
    await load({
      url: service.url,
      requests: await newSearches(),
      connections: 1,
      seconds,
      perSecond: SEARCHES_A_SECOND,
    });
    const delay = await service.readLoop();
    ended.abort();
    const ingests = (await ingesting).reduce((sum, count) => sum + count, 0);
    process.stdout.write(
      `Ingest without a pause (${ingests} videos of two minutes): the event loop is late by ${delay.p50Ms.toFixed(1)} ms ` +
        `(p50), ${delay.p99Ms.toFixed(1)} ms (p99), at most ${delay.maxMs.toFixed(0)} ms\n`,
    );
    return {
      'loop.delay_p50_ms': delay.p50Ms,
      'loop.delay_p99_ms': delay.p99Ms,
      'loop.delay_max_ms': delay.maxMs,
    };
  } finally {
    ended.abort();
    await service.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** Each text once: one that was asked before is not encoded again. */
async function newSearches() {
  const captions = await readFile(join(playground, 'training-captions.txt'), 'utf8');
  return captions
    .trim()
    .split('\n')
    .map((query) => ({ method: 'POST' as const, path: '/v1/search', body: JSON.stringify({ query }) }));
}
