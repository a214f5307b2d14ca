import { readMigrationFiles } from 'drizzle-orm/migrator';
import { readEveryVideo } from '../catalog-parts/read-every-video.js';
import { MIGRATIONS_FOLDER } from './migrate-database.js';
import { PostgresCatalog } from './postgres-catalog.js';
import type { PostgresDatabase } from './postgres-database.js';
import { isArranged, vectorTable } from './vector-table.js';

export interface ServerReport {
  /** As the server says it, such as `15.14`. */
  version: string;
  majorVersion: number;
  /** Of pgvector: what this database uses, and what the server could give it; undefined where there is none. */
  pgvector: { used: string | undefined; offered: string | undefined };
}

export interface SchemaReport {
  /** Migrations that were run; 0 where there is no library yet. */
  applied: number;
  /** Migrations that the next process to open the library will run. */
  pending: number;
  /** A newer Videre has changed it. */
  isNewer: boolean;
}

export interface PostgresLibraryReport {
  videos: number;
  clips: number;
  sizeBytes: number;
  /** Clips whose vector was held against its checksum; 0 unless that was asked for. */
  verifiedClips: number;
  /** Of the model that is searched; undefined while there are no vectors. */
  modelFingerprint: string | undefined;
  /** Clips of that model that a search does not see. */
  clipsNotIndexed: number;
  /** Whether searches can go along the graph. */
  isArranged: boolean;
}

export function inspectServer(database: PostgresDatabase): Promise<ServerReport> {
  return database.withConnection(async (client) => {
    const server = await client.query<{ version: string; number: string }>(
      `select current_setting('server_version') as version, current_setting('server_version_num') as number`,
    );
    const extension = await client.query<{ used: string | null; offered: string }>(
      `select installed_version as used, default_version as offered from pg_available_extensions where name = 'vector'`,
    );
    const { version, number } = server.rows[0]!;
    const found = extension.rows[0];
    const pgvector = { used: found?.used ?? undefined, offered: found?.offered };
    return { version, majorVersion: Math.floor(Number(number) / 10_000), pgvector };
  });
}

export function inspectSchema(database: PostgresDatabase): Promise<SchemaReport> {
  return database.withConnection(async (client) => {
    const known = readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER });
    const table = await client.query<{ found: string | null }>(
      `select to_regclass('public.__drizzle_migrations') as found`,
    );
    if (table.rows[0]?.found == null) return { applied: 0, pending: known.length, isNewer: false };
    const { rows } = await client.query<{ applied: number; last: string | null }>(
      'select count(*)::int as applied, max(created_at) as last from public.__drizzle_migrations',
    );
    // As they are told apart when they are run: by when they were written.
    const lastMs = Number(rows[0]!.last ?? 0);
    const pending = known.filter(({ folderMillis }) => folderMillis > lastMs).length;
    const isNewer = known.every(({ folderMillis }) => folderMillis < lastMs);
    return { applied: rows[0]!.applied, pending, isNewer };
  });
}

/**
 * A library of the newest schema; deep, every vector and what is said of every video.
 * @throws AppError `corrupt-data` naming the clip that does not match its checksum.
 */
export async function inspectPostgresLibrary(
  database: PostgresDatabase,
  isDeep: boolean,
): Promise<PostgresLibraryReport> {
  const catalog = new PostgresCatalog(database);
  let verifiedClips = 0;
  if (isDeep) {
    for await (const batch of catalog.vectorsAfter(0)) verifiedClips += batch.length;
    await readEveryVideo(catalog);
  }
  const modelFingerprint = await catalog.modelFingerprint();
  const { rows } = await database.withConnection((client) =>
    client.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes'),
  );
  return {
    ...(await catalog.size()),
    sizeBytes: Number(rows[0]!.bytes),
    verifiedClips,
    modelFingerprint,
    ...(await inspectIndex(database, modelFingerprint)),
  };
}

async function inspectIndex(database: PostgresDatabase, modelFingerprint: string | undefined) {
  if (modelFingerprint === undefined) return { clipsNotIndexed: 0, isArranged: false };
  const table = vectorTable(modelFingerprint);
  const clipsNotIndexed = await database.withConnection(async (client) => {
    const { rows: tables } = await client.query('select to_regclass($1) as found', [table.name]);
    const isThere = tables[0]?.found != null;
    const { rows } = await client.query<{ clips: number }>(
      `select count(*)::int as clips from clips where model_fingerprint = $1
       ${isThere ? `and not exists (select from ${table.name} near where near.clip_id = clips.id)` : ''}`,
      [modelFingerprint],
    );
    return rows[0]!.clips;
  });
  return { clipsNotIndexed, isArranged: await isArranged(database, table) };
}
