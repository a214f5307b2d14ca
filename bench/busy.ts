import { openAsBlob } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { percentile } from './percentile.js';
import { load } from './search/load.js';
import { serve } from './search/serve.js';

const playground = fileURLToPath(new URL('../models/playground', import.meta.url));
/** There before, so that searches find something. */
const SHORT_VIDEOS = ['clip12.mp4', 'clip13.webm', 'clip14.mkv', 'clip15.mp4'];
/** Two minutes each. */
const LONG_VIDEOS = ['long00.mp4', 'long01.webm', 'long02.mkv', 'long03.mp4'];
const HEALTHZ_A_SECOND = 20;
const SEARCHES_A_SECOND = 10;

/**
 * How long a server's answers take while it ingests without a pause: /healthz, and searches for texts that it has not seen
 * before. Both are asked at a steady pace by clients of their own.
 *
 *   npm run bench -- busy [--seconds 30] [--json]
 */
export async function benchmarkBusy(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({ args: [...args], options: { seconds: { type: 'string', default: '30' } } });
  const dataFolder = await mkdtemp(join(tmpdir(), 'videre-busy-'));
  const service = await serve(['--data', dataFolder]);
  try {
    for (const name of SHORT_VIDEOS) {
      const { job } = await upload(service.url, name);
      await untilDone(service.url, job.id);
    }
    const searches = await newSearches();
    await load({ url: service.url, requests: searches.splice(0, 20), connections: 1, seconds: 2 });
    const idle = await measure(service.url, searches, 5);
    const ended = new AbortController();
    const ingesting = Promise.all(LONG_VIDEOS.map((name) => ingestAgain(service.url, name, ended.signal)));
    const busy = await measure(service.url, searches, Number(values.seconds));
    ended.abort();
    const ingests = (await ingesting).reduce((sum, count) => sum + count, 0);
    process.stdout.write(`Meanwhile ${ingests} videos of two minutes were taken in.\n`);
    return { ...named('idle', idle), ...named('busy', busy) };
  } finally {
    await service.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

type Latencies = Record<'healthz' | 'search', readonly number[]>;

async function measure(
  url: string,
  searches: { method: 'POST'; path: string; body: string }[],
  seconds: number,
) {
  const healthz = [{ method: 'GET' as const, path: '/healthz' }];
  const texts = searches.splice(0, seconds * SEARCHES_A_SECOND + 10);
  const options = { url, connections: 1, seconds };
  const [asked, searched] = await Promise.all([
    load({ ...options, requests: healthz, perSecond: HEALTHZ_A_SECOND }),
    load({ ...options, requests: texts, perSecond: SEARCHES_A_SECOND }),
  ]);
  return { healthz: asked.latencies, search: searched.latencies };
}

function named(state: string, { healthz, search }: Latencies): Record<string, number> {
  const results: Record<string, number> = {};
  for (const [name, latencies] of [
    ['healthz', healthz],
    ['search', search],
  ] as const) {
    results[`${state}.${name}_p50_ms`] = percentile(latencies, 0.5);
    results[`${state}.${name}_p99_ms`] = percentile(latencies, 0.99);
    results[`${state}.${name}_max_ms`] = Math.max(...latencies);
  }
  process.stdout.write(
    `${state}: ${Object.entries(results)
      .map(([name, value]) => `${name.slice(state.length + 1)} ${value.toFixed(1)}`)
      .join(', ')}\n`,
  );
  return results;
}

/** Each text once: one that was asked before is not encoded again. */
async function newSearches() {
  const captions = await readFile(join(playground, 'training-captions.txt'), 'utf8');
  return captions
    .trim()
    .split('\n')
    .map((query) => ({ method: 'POST' as const, path: '/v1/search', body: JSON.stringify({ query }) }));
}

/** Uploads a video, deletes it when it is ready, and begins again. @returns how often. */
async function ingestAgain(url: string, name: string, signal: AbortSignal): Promise<number> {
  for (let times = 0; ; times++) {
    if (signal.aborted) return times;
    const { job, video } = await upload(url, name);
    await untilDone(url, job.id);
    await fetch(`${url}/v1/videos/${video.id}`, { method: 'DELETE' });
  }
}

async function upload(url: string, name: string) {
  const form = new FormData();
  form.set('file', await openAsBlob(join(playground, 'demo', name)), name);
  const response = await fetch(`${url}/v1/videos`, { method: 'POST', body: form });
  return (await response.json()) as { job: { id: string }; video: { id: string } };
}

async function stateOf(url: string, job: string): Promise<string> {
  const response = await fetch(`${url}/v1/jobs/${job}`);
  return ((await response.json()) as { state: string }).state;
}

async function untilDone(url: string, job: string): Promise<void> {
  while (['queued', 'running'].includes(await stateOf(url, job))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
