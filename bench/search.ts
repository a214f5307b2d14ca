import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../src/domain/errors.js';
import type { Embedding } from '../src/ports/encoders.js';
import { median } from './median.js';
import { percentile } from './percentile.js';
import { buildLibrary } from './search/build-library.js';
import { benchmarkBundle, DIMENSION } from './search/bundle.js';
import { load } from './search/load.js';
import { playgroundVectors } from './search/playground-vectors.js';
import { RawIndex } from './search/raw-index.js';
import { serve } from './search/serve.js';
import { SyntheticVectors } from './search/synthetic-vectors.js';
import { trueNearest } from './search/true-nearest.js';

const SIZES: Record<string, number> = { '10k': 10_000, '100k': 100_000, '1m': 1_000_000 };
const NEIGHBOURS = 10;
const RECALL_QUERIES = 200;
const LOAD_QUERIES = 2000;
/** Connections that ask at once where queries per second are counted. */
const CONNECTIONS = 8;
/** What HTTP, the thread of the index and the catalog may cost a query, whatever the library. */
const FIXED_MS = 1;
const ROUNDS = 5;
/** A request's way through the server gets quicker for some ten thousand requests, as V8 compiles it: measured is the server at work. */
const WARM_UP_SECONDS = 15;
const SEED_OF_CLIPS = 1;
const SEED_OF_QUERIES = 2;

/**
 * Search through HTTP at 100,000 and 1,000,000 clips of 512 values, beside hnswlib on the same index file. The service is
 * `videre serve` as people start it; a query is a vector in the body, so that no text encoder is measured.
 *
 *   npm run bench -- search [--sizes 100k,1m] [--cache FOLDER] [--json]
 *
 * The libraries are built once and kept in the cache folder: minutes at 100,000, the better part of an hour at 1,000,000.
 */
export async function benchmarkSearch(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '100k,1m' },
      cache: { type: 'string', default: join(homedir(), '.cache', 'videre', 'bench') },
    },
  });
  await mkdir(values.cache, { recursive: true });
  const { clips, texts } = await playgroundVectors(join(values.cache, 'playground'));
  const gallery = new SyntheticVectors(clips, DIMENSION, SEED_OF_CLIPS);
  const questions = new SyntheticVectors(texts, DIMENSION, SEED_OF_QUERIES);
  const queries = Array.from({ length: LOAD_QUERIES }, (_, position) => questions.at(position));
  const results: Record<string, number> = {};
  for (const size of values.sizes.split(',')) {
    Object.assign(results, await measure(size, values.cache, gallery, queries));
  }
  return results;
}

async function measure(
  size: string,
  cacheFolder: string,
  gallery: SyntheticVectors,
  queries: readonly Embedding[],
): Promise<Record<string, number>> {
  const count = SIZES[size];
  if (count === undefined) {
    throw new AppError('invalid-input', `--sizes knows no "${size}".`, {
      hint: `It takes a list of ${Object.keys(SIZES).join(', ')}.`,
    });
  }
  const bundle = await benchmarkBundle(cacheFolder);
  const dataFolder = await buildLibrary(cacheFolder, gallery, count, bundle.fingerprint, say);
  const asked = queries.slice(0, RECALL_QUERIES);
  const truth = await trueNearest(cacheFolder, gallery, count, asked, NEIGHBOURS);
  const raw = await RawIndex.open(dataFolder, bundle.fingerprint);
  const service = await serve(['--data', dataFolder, '--bundle', bundle.folder]);
  try {
    const recall = await measureRecall(service.url, asked, truth);
    const requests = queries.map((query) => ({
      method: 'POST' as const,
      path: '/v1/search',
      body: body(query),
    }));
    await load({ url: service.url, requests, connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
    const rawMedians: number[] = [];
    const httpMedians: number[] = [];
    const latencies: number[] = [];
    // By turns, so that what else the machine does falls on both.
    for (let round = 0; round < ROUNDS; round++) {
      rawMedians.push(median(raw.time(queries, 2)));
      const alone = await load({ url: service.url, requests, connections: 1, seconds: 3 });
      httpMedians.push(median(alone.latencies));
      latencies.push(...alone.latencies);
    }
    const busy = await load({ url: service.url, requests, connections: CONNECTIONS, seconds: 8 });
    const [rawMs, httpMs] = [median(rawMedians), median(httpMedians)];
    say(
      `${size}: recall@10 ${recall.toFixed(4)}; hnswlib ${rawMs.toFixed(3)} ms, through HTTP ${httpMs.toFixed(3)} ms ` +
        `(p99 ${percentile(latencies, 0.99).toFixed(2)} ms); ${busy.perSecond.toFixed(0)} queries/s on ${CONNECTIONS} ` +
        `connections (p99 ${percentile(busy.latencies, 0.99).toFixed(2)} ms); started in ${(service.startMs / 1000).toFixed(1)} s`,
    );
    return {
      [`search.recall_at_10.${size}`]: recall,
      [`search.http_over_raw.${size}`]: (httpMs - FIXED_MS) / rawMs,
      [`search.raw_p50_ms.${size}`]: rawMs,
      [`search.p50_ms.${size}`]: httpMs,
      [`search.p99_ms.${size}`]: percentile(latencies, 0.99),
      [`search.qps.${size}`]: busy.perSecond,
      [`search.busy_p99_ms.${size}`]: percentile(busy.latencies, 0.99),
      [`search.start_s.${size}`]: service.startMs / 1000,
    };
  } finally {
    await service.stop();
  }
}

async function measureRecall(
  url: string,
  queries: readonly Embedding[],
  truth: readonly (readonly number[])[],
): Promise<number> {
  let hits = 0;
  for (const [order, query] of queries.entries()) {
    const response = await fetch(`${url}/v1/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body(query),
    });
    const { results } = (await response.json()) as { results: { clipId: number }[] };
    hits += results.filter(({ clipId }) => truth[order]!.includes(clipId)).length;
  }
  return hits / (queries.length * NEIGHBOURS);
}

function body(query: Embedding): string {
  const vector = Buffer.from(query.buffer, query.byteOffset, query.byteLength).toString('base64');
  return JSON.stringify({ vector, limit: NEIGHBOURS });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
