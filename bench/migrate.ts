import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PgvectorIndex } from '../src/adapters/catalog-postgres/pgvector-index.js';
import { PostgresCatalog } from '../src/adapters/catalog-postgres/postgres-catalog.js';
import { PostgresDatabase } from '../src/adapters/catalog-postgres/postgres-database.js';
import { PostgresLibraryRows } from '../src/adapters/catalog-postgres/postgres-library-rows.js';
import { LibraryDatabase } from '../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteLibraryRows } from '../src/adapters/catalog-sqlite/sqlite-library-rows.js';
import { ExactIndex } from '../src/adapters/index-exact/exact-index.js';
import { followCatalog } from '../src/app/follow-catalog.js';
import { migrateLibrary } from '../src/app/migrate/migrate-library.js';
import type { Catalog } from '../src/ports/catalog.js';
import type { ClipIndex } from '../src/ports/clip-index.js';
import type { Embedding } from '../src/ports/encoders.js';
import { buildLibrary } from './search/build-library.js';
import { benchmarkBundle, DIMENSION } from './search/bundle.js';
import { playgroundVectors } from './search/playground-vectors.js';
import { emptyPostgres } from './search/postgres-server.js';
import { SyntheticVectors } from './search/synthetic-vectors.js';

const CLIPS = 10_000;
const QUERIES = 200;
const NEIGHBOURS = 10;

/**
 * A library of 10,000 clips goes from SQLite to Postgres and back. Every row and vector is compared by the migration; here
 * the exact search of all three is, to the last bit of the scores.
 *
 *   npm run bench -- migrate [--url postgres://...] [--cache FOLDER] [--json]
 */
export async function benchmarkMigrate(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string' },
      cache: { type: 'string', default: join(homedir(), '.cache', 'videre', 'bench') },
    },
  });
  await mkdir(values.cache, { recursive: true });
  const { clips, texts } = await playgroundVectors(join(values.cache, 'playground'));
  const gallery = new SyntheticVectors(clips, DIMENSION, 1);
  const questions = new SyntheticVectors(texts, DIMENSION, 2);
  const queries = Array.from({ length: QUERIES }, (_, position) => questions.at(position));
  const { fingerprint: modelFingerprint } = await benchmarkBundle(values.cache);
  const folder = await buildLibrary(values.cache, gallery, CLIPS, modelFingerprint, say);

  const scratch = await mkdtemp(join(tmpdir(), 'videre-bench-'));
  const server = await emptyPostgres(values.url);
  const database = await PostgresDatabase.open(server.url);
  const source = new LibraryDatabase(join(folder, 'videre.sqlite'));
  const back = new LibraryDatabase(join(scratch, 'videre.sqlite'));
  try {
    const startMs = performance.now();
    const there = await migrateLibrary(new SqliteLibraryRows(source), new PostgresLibraryRows(database));
    const turnMs = performance.now();
    const home = await migrateLibrary(new PostgresLibraryRows(database), new SqliteLibraryRows(back));
    const endMs = performance.now();
    const before = await answers(new ExactIndex(DIMENSION), new SqliteCatalog(source), queries);
    const index = await PgvectorIndex.open({ database, dimension: DIMENSION, modelFingerprint });
    const between = await answers(index, new PostgresCatalog(database), queries);
    const after = await answers(new ExactIndex(DIMENSION), new SqliteCatalog(back), queries);
    const same = before.filter((answer, order) => answer === between[order] && answer === after[order]);
    const [thereSeconds, backSeconds] = [(turnMs - startMs) / 1000, (endMs - turnMs) / 1000];
    const sums = there.sha256 === home.sha256 ? 'the same' : 'DIFFERENT';
    say(
      `${there.rows.clips} clips there in ${thereSeconds.toFixed(1)} s, back in ${backSeconds.toFixed(1)} s; checksums ` +
        `${sums}; ${same.length} of ${queries.length} exact answers identical in all three`,
    );
    return {
      'scale.migrate.identical_answers': same.length / queries.length,
      'scale.migrate.same_checksum': there.sha256 === home.sha256 ? 1 : 0,
      'scale.migrate.there_s': thereSeconds,
      'scale.migrate.back_s': backSeconds,
    };
  } finally {
    source.close();
    back.close();
    await database.close();
    await server.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Ids and scores of the ten nearest to each query, as one text that two answers are equal by. */
async function answers(index: ClipIndex, catalog: Catalog, queries: readonly Embedding[]): Promise<string[]> {
  await followCatalog(index, catalog);
  const told: string[] = [];
  for (const query of queries)
    told.push(JSON.stringify(await index.search(query, NEIGHBOURS, { exact: true })));
  return told;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
