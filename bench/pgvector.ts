import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PgvectorIndex } from '../src/adapters/catalog-postgres/pgvector-index.js';
import { PostgresCatalog } from '../src/adapters/catalog-postgres/postgres-catalog.js';
import { PostgresDatabase } from '../src/adapters/catalog-postgres/postgres-database.js';
import { PostgresLibraryRows } from '../src/adapters/catalog-postgres/postgres-library-rows.js';
import { LibraryDatabase } from '../src/adapters/catalog-sqlite/library-database.js';
import { SqliteLibraryRows } from '../src/adapters/catalog-sqlite/sqlite-library-rows.js';
import { followCatalog } from '../src/app/follow-catalog.js';
import { migrateLibrary } from '../src/app/migrate/migrate-library.js';
import type { IndexSearchOptions } from '../src/ports/clip-index.js';
import type { Embedding } from '../src/ports/encoders.js';
import { median } from './median.js';
import { percentile } from './percentile.js';
import { buildLibrary } from './search/build-library.js';
import { benchmarkBundle, DIMENSION } from './search/bundle.js';
import { playgroundVectors } from './search/playground-vectors.js';
import { emptyPostgres } from './search/postgres-server.js';
import { RawIndex } from './search/raw-index.js';
import { SyntheticVectors } from './search/synthetic-vectors.js';
import { trueNearest } from './search/true-nearest.js';

const NEIGHBOURS = 10;
const QUERIES = 200;
const ROUNDS = 5;
const EXACT_QUERIES = 20;
/** As the benchmark of search has them, so that the libraries it has built are used again. */
const SEED_OF_CLIPS = 1;
const SEED_OF_QUERIES = 2;

/**
 * Search by pgvector beside hnswlib, on the same vectors of 512 values in one run: what it finds of the ten nearest, and how
 * long a search takes from the process that asks. The library comes from SQLite through `videre migrate`.
 *
 *   npm run bench -- pgvector [--clips 100000] [--url postgres://...] [--cache FOLDER] [--json]
 *
 * A database that an earlier run filled (`--url`) is searched as it is, and nothing said of how long filling takes.
 */
export async function benchmarkPgvector(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clips: { type: 'string', default: '100000' },
      url: { type: 'string' },
      cache: { type: 'string', default: join(homedir(), '.cache', 'videre', 'bench') },
    },
  });
  const count = Number(values.clips);
  await mkdir(values.cache, { recursive: true });
  const { clips, texts } = await playgroundVectors(join(values.cache, 'playground'));
  const gallery = new SyntheticVectors(clips, DIMENSION, SEED_OF_CLIPS);
  const questions = new SyntheticVectors(texts, DIMENSION, SEED_OF_QUERIES);
  const queries = Array.from({ length: QUERIES }, (_, position) => questions.at(position));
  const { fingerprint } = await benchmarkBundle(values.cache);
  const folder = await buildLibrary(values.cache, gallery, count, fingerprint, say);
  const truth = await trueNearest(values.cache, gallery, count, queries, NEIGHBOURS);
  const raw = await RawIndex.open(folder, fingerprint);

  const server = await emptyPostgres(values.url);
  const database = await PostgresDatabase.open(server.url);
  const file = new LibraryDatabase(join(folder, 'videre.sqlite'));
  try {
    const timed = async (what: string, work: () => Promise<unknown>) => {
      const startMs = performance.now();
      await work();
      const seconds = (performance.now() - startMs) / 1000;
      say(`${what}: ${seconds.toFixed(1)} s`);
      return seconds;
    };
    const catalog = new PostgresCatalog(database, fingerprint);
    const isFilled = (await catalog.size()).clips === count;
    const open = () => PgvectorIndex.open({ database, dimension: DIMENSION, modelFingerprint: fingerprint });
    const filling = async () => {
      const migrateSeconds = await timed('copied and verified', () =>
        migrateLibrary(new SqliteLibraryRows(file), new PostgresLibraryRows(database)),
      );
      const index = await open();
      return {
        'scale.migrate.clips_per_s': count / migrateSeconds,
        'scale.pgvector.fill_s': await timed('vectors in half precision', () =>
          followCatalog(index, catalog),
        ),
        'scale.pgvector.build_s': await timed('graph', () => index.settled()),
      };
    };
    const filled = isFilled ? {} : await filling();
    const index = await open();

    let hits = 0;
    for (const [order, query] of queries.entries()) {
      const found = await index.search(query, NEIGHBOURS);
      hits += found.filter(({ clipId }) => truth[order]!.includes(clipId)).length;
    }
    const recall = hits / (queries.length * NEIGHBOURS);
    const rawMedians: number[] = [];
    const medians: number[] = [];
    const latencies: number[] = [];
    // By turns, so that what else the machine does falls on both.
    for (let round = 0; round < ROUNDS; round++) {
      rawMedians.push(median(raw.time(queries, 2)));
      const times = await time(index, queries, {});
      medians.push(median(times));
      latencies.push(...times);
    }
    const exact = await time(index, queries.slice(0, EXACT_QUERIES), { exact: true });
    const [rawMs, ownMs] = [median(rawMedians), median(medians)];
    say(
      `${count} clips: recall@10 ${recall.toFixed(4)}; pgvector ${ownMs.toFixed(2)} ms (p99 ` +
        `${percentile(latencies, 0.99).toFixed(2)} ms), hnswlib ${rawMs.toFixed(2)} ms; exact ${median(exact).toFixed(1)} ms`,
    );
    return {
      'scale.pgvector.recall_at_10': recall,
      'scale.pgvector.over_hnsw': ownMs / rawMs,
      'scale.pgvector.p50_ms': ownMs,
      'scale.pgvector.p99_ms': percentile(latencies, 0.99),
      'scale.pgvector.hnsw_p50_ms': rawMs,
      'scale.pgvector.exact_p50_ms': median(exact),
      ...filled,
    };
  } finally {
    file.close();
    await database.close();
    await server.close();
  }
}

/** @returns milliseconds of each search, one after the other */
async function time(
  index: PgvectorIndex,
  queries: readonly Embedding[],
  options: IndexSearchOptions,
): Promise<number[]> {
  const times: number[] = [];
  for (const query of queries) {
    const startMs = performance.now();
    await index.search(query, NEIGHBOURS, options);
    times.push(performance.now() - startMs);
  }
  return times;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
