import { existsSync } from 'node:fs';
import {
  inspectPostgresLibrary,
  inspectSchema,
  inspectServer,
  type PostgresLibraryReport,
  type SchemaReport,
  type ServerReport,
} from '../adapters/catalog-postgres/inspect-postgres.js';
import { PostgresCatalog } from '../adapters/catalog-postgres/postgres-catalog.js';
import { PostgresDatabase } from '../adapters/catalog-postgres/postgres-database.js';
import { examine, type Finding, type Observation } from '../app/operations/finding.js';
import { findStrayFiles } from '../app/videos/stray-files.js';
import { AppError } from '../domain/errors.js';
import type { LibrarySettings } from './examine-library.js';
import { MEBIBYTE, observeDisk, observeStoredFiles, observeVectors } from './library-observations.js';
import { BLOB_FOLDER, openBlobs } from './open-blobs.js';

const OLDEST_POSTGRES = 15;
/** Iterative scans came with it. */
const OLDEST_PGVECTOR = [0, 8] as const;
const NAMED_FILES = 5;

/**
 * How a library in Postgres is, and the server it is on. Nothing is changed, not even an old schema: others may be at work.
 * @param isDeep reads every video and every vector
 */
export async function* examinePostgresLibrary(
  { databaseUrl, dataFolder, bundleFolder }: LibrarySettings & { databaseUrl: string },
  isDeep: boolean,
): AsyncGenerator<Finding> {
  let reached: PostgresDatabase | undefined;
  let server: ServerReport | undefined;
  yield examine('server', async () => {
    reached = await PostgresDatabase.connect(databaseUrl, { connections: 1 });
    server = await inspectServer(reached);
    return observeServer(server, reached.name);
  });
  const database = reached;
  if (database === undefined) return;
  try {
    if (server === undefined) return;
    const { pgvector } = server;
    yield examine('pgvector', () => observePgvector(pgvector));
    let schema: SchemaReport | undefined;
    yield examine('schema', async () => {
      schema = await inspectSchema(database);
      return observeSchema(schema);
    });
    if (schema === undefined || schema.pending > 0) return;
    yield examine('disk', () => observeFolder(dataFolder));
    yield examine('files', async () => {
      const stray = await findStrayFiles(new PostgresCatalog(database), await openBlobs(dataFolder));
      return observeStoredFiles(stray, whatToDoWith);
    });
    let report: PostgresLibraryReport | undefined;
    yield examine('database', async () => {
      report = await inspectPostgresLibrary(database, isDeep);
      return observeLibrary(report, isDeep);
    });
    if (report === undefined) return;
    const { modelFingerprint } = report;
    yield examine('vectors', () => observeVectors(modelFingerprint, bundleFolder));
    const { clips, clipsNotIndexed, isArranged } = report;
    yield examine('index', () => observeIndex(clips, clipsNotIndexed, isArranged));
  } finally {
    await database.close();
  }
}

function observeServer({ version, majorVersion }: ServerReport, name: string): Observation {
  if (majorVersion >= OLDEST_POSTGRES) return { detail: `PostgreSQL ${version} at ${name}` };
  throw new AppError('missing-dependency', `${name} is PostgreSQL ${version}.`, {
    hint: `Videre needs ${OLDEST_POSTGRES} or newer.`,
  });
}

function observePgvector({ used, offered }: ServerReport['pgvector']): Observation {
  const version = used ?? offered;
  if (version === undefined) {
    throw new AppError('missing-dependency', 'The server has no pgvector.', {
      hint: `Install pgvector ${OLDEST_PGVECTOR.join('.')} or newer there, such as the package postgresql-17-pgvector.`,
    });
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST_PGVECTOR[0] || (major === OLDEST_PGVECTOR[0] && minor < OLDEST_PGVECTOR[1])) {
    throw new AppError('missing-dependency', `The database uses pgvector ${version}.`, {
      hint: `Install ${OLDEST_PGVECTOR.join('.')} or newer on the server, and run there: alter extension vector update`,
    });
  }
  return { detail: used === undefined ? `${version} is there for the first library` : version };
}

function observeFolder(dataFolder: string): Promise<Observation> | Observation {
  if (existsSync(dataFolder)) return observeDisk(dataFolder);
  return {
    detail: `${dataFolder} is not there`,
    advice:
      'Uploads go there: name the folder that all processes share (--data), unless the media are in a store.',
  };
}

function observeSchema({ applied, pending, isNewer }: SchemaReport): Observation {
  if (applied === 0)
    return { detail: 'there is no library yet', advice: 'Fill it with: videre ingest PATHS' };
  if (isNewer) {
    return {
      detail: `of a newer Videre (${applied} migrations)`,
      advice: 'Bring this machine to the same version.',
    };
  }
  if (pending === 0) return { detail: `the newest (${applied} migrations)` };
  return {
    detail: `${pending} of ${applied + pending} migrations are still to be run`,
    advice:
      'The next videre serve, ingest or search with this version runs them; older ones should be stopped by then.',
  };
}

function whatToDoWith(keys: readonly string[]): string {
  const named = keys.slice(0, NAMED_FILES).join(', ') + (keys.length > NAMED_FILES ? ' ...' : '');
  return `An upload under way looks the same. When nobody uploads, they can be deleted from ${BLOB_FOLDER}/: ${named}`;
}

function observeLibrary(
  { videos, clips, sizeBytes, verifiedClips }: PostgresLibraryReport,
  isDeep: boolean,
): Observation {
  const size = `${videos} videos, ${clips} clips, ${Math.ceil(sizeBytes / MEBIBYTE)} MiB`;
  return { detail: isDeep ? `${size}; ${verifiedClips} vectors match their checksums` : size };
}

function observeIndex(clips: number, clipsNotIndexed: number, isArranged: boolean): Observation {
  if (clips === 0) return { detail: 'none needed yet' };
  if (clipsNotIndexed > 0) {
    return {
      detail: `${clipsNotIndexed} of ${clips} clips are not in it`,
      advice: 'They cannot be found yet: the next start of videre serve adds them.',
    };
  }
  if (isArranged) return { detail: `${clips} clips, arranged` };
  return {
    detail: `${clips} clips, not arranged`,
    advice: 'Searches compare with every clip until videre serve has arranged them.',
  };
}
