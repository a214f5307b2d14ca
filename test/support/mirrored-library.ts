import { join } from 'node:path';
import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { sql } from 'drizzle-orm';
import { onTestFinished } from 'vitest';
import { D1Library } from '../../src/adapters/catalog-d1/d1-library.js';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCaptions } from '../../src/adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteCatalogReader } from '../../src/adapters/catalog-sqlite/sqlite-catalog-reader.js';
import { SqliteJobQueue } from '../../src/adapters/catalog-sqlite/sqlite-job-queue.js';
import { D1EdgeCopy } from '../../src/adapters/edge-copy-d1/d1-edge-copy.js';
import type { Catalog } from '../../src/ports/catalog.js';
import { temporaryFolder } from './temporary-folder.js';

type Row = Record<string, string | number | Uint8Array | null>;

/** What is mirrored, in an order that keys allow, and what tells rows apart. */
const TABLES = { videos: 'sequence', clips: 'id', captions: 'clip_id', library_models: 'id' } as const;
const READS = [
  'getVideo',
  'listVideos',
  'listClips',
  'clipsOfVideo',
  'locateClips',
  'lastClipId',
  'size',
] as const;
/** D1 takes no more in one statement. */
const MAX_PARAMETERS = 100;

/**
 * A library that is written in SQLite and read in D1, where its rows are brought before anybody looks: what holds of a
 * catalog must hold of what is looked up there.
 */
export async function mirroredLibrary(database: D1Database, files: R2Bucket) {
  const sqlite = new LibraryDatabase(join(await temporaryFolder(), 'videre.sqlite'));
  onTestFinished(() => sqlite.close());
  const written = new SqliteCatalog(sqlite);
  const d1 = new D1Library(takingBuffers(database));
  const reader = new SqliteCatalogReader(d1);
  const edge = new D1EdgeCopy(database, files);
  await database.batch(
    ['conversations', 'videos', 'library_models', 'api_keys', 'sqlite_sequence'].map((table) =>
      database.prepare(`delete from ${table}`),
    ),
  );

  let mirrored = 0;
  const mirror = async (): Promise<void> => {
    const { changes } = sqlite.run((open) =>
      open.get<{ changes: number }>(sql`select total_changes() as changes`),
    );
    if (changes === mirrored) return;
    mirrored = changes;
    const statements = Object.entries(TABLES).flatMap(([table, key]) => {
      const rows = sqlite.run((open) => open.all<Row>(sql.raw(`select * from ${table}`)));
      return upserts(database, table, key, rows);
    });
    if (statements.length > 0) await database.batch(statements);
  };
  const catalog = new Proxy<Catalog>(written, {
    get: (target, name) => {
      const read = READS.find((each) => each === name);
      if (read !== undefined) {
        return async (...given: Parameters<Catalog[typeof read]>) => {
          await mirror();
          return (reader[read] as (...given: unknown[]) => Promise<unknown>)(...given);
        };
      }
      if (name === 'deleteVideo') {
        return async (videoId: string) => {
          await mirror();
          await edge.removeVideos(await edge.begin('model'), [videoId]);
          return target.deleteVideo(videoId);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    catalog,
    mirror,
    jobs: new SqliteJobQueue(sqlite),
    captions: new SqliteCaptions(sqlite),
    d1,
  };
}

/** The way from Node to D1 takes no Buffers, only the arrays of bytes that they are. */
export function takingBuffers(database: D1Database): D1Database {
  const prepare: D1Database['prepare'] = (query) =>
    new Proxy(database.prepare(query), {
      get: (target, name) => {
        if (name === 'bind') return (...values: unknown[]) => target.bind(...values.map(plainBytes));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return new Proxy(database, {
    get: (target, name) => {
      if (name === 'prepare') return prepare;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const plainBytes = (value: unknown) => (Buffer.isBuffer(value) ? Uint8Array.from(value) : value);

function upserts(database: D1Database, table: string, key: string, rows: readonly Row[]) {
  const [first] = rows;
  if (first === undefined) return [];
  const columns = Object.keys(first);
  const changes = columns
    .filter((column) => column !== key)
    .map((column) => `${column} = excluded.${column}`);
  const rowsAtOnce = Math.floor(MAX_PARAMETERS / columns.length);
  return Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, part) => {
    const some = rows.slice(part * rowsAtOnce, (part + 1) * rowsAtOnce);
    const places = some.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ');
    return database
      .prepare(
        `insert into ${table} (${columns.join(', ')}) values ${places}
        on conflict (${key}) do update set ${changes.join(', ')}`,
      )
      .bind(...some.flatMap((row) => columns.map((column) => plainBytes(row[column]))));
  });
}
