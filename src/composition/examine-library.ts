import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatabaseReport, inspectDatabase } from '../adapters/catalog-sqlite/inspect-database.js';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { canWriteDatabase } from '../adapters/catalog-sqlite/readable-copy.js';
import { SqliteCatalog } from '../adapters/catalog-sqlite/sqlite-catalog.js';
import { freeBytes } from '../adapters/disk-space/free-bytes.js';
import { hashFile } from '../app/hash-file.js';
import { LEAST_FREE_BYTES } from '../app/operations/check-readiness.js';
import { examine, type Finding, type Observation } from '../app/operations/finding.js';
import { findStrayFiles } from '../app/videos/stray-files.js';
import { AppError } from '../domain/errors.js';
import { loadBundle } from '../model/read-bundle.js';
import { openBlobs } from './open-blobs.js';

const MEBIBYTE = 1024 * 1024;
/** About what an hour of uploads takes. */
const AMPLE_FREE_BYTES = 2048 * MEBIBYTE;

export interface LibrarySettings {
  dataFolder: string;
  bundleFolder: string;
}

/**
 * How a library is. Nothing of it is changed but the schema of an old database, and nothing is made where there is none.
 * @param isDeep reads every page of the database, every vector and the whole index
 */
export async function* examineLibrary(
  { dataFolder, bundleFolder }: LibrarySettings,
  databaseFile: string,
  isDeep: boolean,
): AsyncGenerator<Finding> {
  const path = join(dataFolder, databaseFile);
  if (!existsSync(path)) {
    yield examine('library', () => ({
      detail: `there is none yet in ${dataFolder}`,
      advice: `Fill it with: videre ingest PATHS --data ${dataFolder}`,
    }));
    return;
  }
  yield examine('permissions', () => observePermissions(path));
  yield examine('disk', () => observeDisk(dataFolder));
  if (canWriteDatabase(path)) yield examine('files', () => observeFiles(path, dataFolder));
  let report: DatabaseReport | undefined;
  yield examine('database', async () => {
    report = await inspectDatabase(path, isDeep);
    return observeDatabase(report, isDeep);
  });
  if (report === undefined) return;
  const { modelFingerprint, indexFiles, clips } = report;
  yield examine('vectors', () => observeVectors(modelFingerprint, bundleFolder));
  yield examine('index', () => observeIndex(dataFolder, indexFiles, clips));
}

function observePermissions(path: string): Observation {
  if (canWriteDatabase(path)) return { detail: `${path} can be written` };
  return {
    detail: `${path} can only be read`,
    advice: 'It can be searched, but nothing can be added: check whose the folder is, and how it is mounted.',
  };
}

async function observeDisk(folder: string): Promise<Observation> {
  const free = await freeBytes(folder);
  const detail = `${Math.floor(free / MEBIBYTE)} MiB free`;
  if (free < LEAST_FREE_BYTES) {
    throw new AppError('out-of-storage', `${detail}; ${LEAST_FREE_BYTES / MEBIBYTE} MiB are needed.`, {
      hint: 'Free some space, or move the library to another disk (--data).',
    });
  }
  return free < AMPLE_FREE_BYTES ? { detail, advice: 'That will not hold many uploads.' } : { detail };
}

function observeDatabase(
  { videos, clips, sizeBytes, verifiedClips }: DatabaseReport,
  isDeep: boolean,
): Observation {
  const size = `${videos} videos, ${clips} clips, ${Math.ceil(sizeBytes / MEBIBYTE)} MiB`;
  return {
    detail: isDeep ? `sound: ${size}; ${verifiedClips} vectors match their checksums` : `sound: ${size}`,
  };
}

async function observeVectors(stored: string | undefined, bundleFolder: string): Promise<Observation> {
  if (stored === undefined) return { detail: 'none yet' };
  const { fingerprint } = await loadBundle(bundleFolder);
  if (stored === fingerprint) return { detail: `of the model ${shortened(fingerprint)}` };
  throw new AppError(
    'model-mismatch',
    `The vectors are of the model ${shortened(stored)}, the bundle is ${shortened(fingerprint)}.`,
    { hint: 'Name the bundle they were made with (--bundle), or have the library encoded anew.' },
  );
}

function shortened(fingerprint: string): string {
  return fingerprint.slice(0, 12);
}

/** What a process left that was ended hard is removed when a server starts. */
async function observeFiles(path: string, dataFolder: string): Promise<Observation> {
  const catalog = new SqliteCatalog(new LibraryDatabase(path));
  try {
    const blobs = await openBlobs(dataFolder);
    const { missing, withoutVideo } = await findStrayFiles(catalog, blobs);
    if (missing.length > 0) {
      throw new AppError('corrupt-data', `${missing.length} stored videos are gone: ${missing.join(', ')}.`, {
        hint: 'They can be found, not played: restore the data folder from a backup, upload them again, or delete them.',
      });
    }
    if (withoutVideo.length === 0)
      return { detail: 'every stored file has its video, and every video its file' };
    return {
      detail: `${withoutVideo.length} stored files belong to no video`,
      advice: 'They go at the next start of videre serve.',
    };
  } finally {
    await catalog.close();
  }
}

/** The file is a cache: what is wrong with it costs time, and nothing else. */
async function observeIndex(
  folder: string,
  files: DatabaseReport['indexFiles'],
  clipCount: number,
): Promise<Observation> {
  const advice = 'Nothing is lost: it is made again from the database at the next start.';
  if (files.length === 0)
    return clipCount === 0 ? { detail: 'none needed yet' } : { detail: 'not saved', advice };
  for (const { name, sizeBytes, sha256 } of files) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return { detail: `${name} is missing`, advice };
    if (found.size !== sizeBytes || (await hashFile(path)).contentHash !== sha256) {
      return { detail: `${name} is not what was saved`, advice };
    }
  }
  return {
    detail: `sound: ${files.map((file) => `${file.clipCount} of ${clipCount} clips in ${file.name}`).join(', ')}`,
  };
}
