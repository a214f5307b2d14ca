import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatabaseReport, inspectDatabase } from '../adapters/catalog-sqlite/inspect-database.js';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { canWriteDatabase } from '../adapters/catalog-sqlite/readable-copy.js';
import { SqliteCatalog } from '../adapters/catalog-sqlite/sqlite-catalog.js';
import { hashFile } from '../app/hash-file.js';
import { examine, type Finding, type Observation } from '../app/operations/finding.js';
import { findStrayFiles } from '../app/videos/stray-files.js';
import { MEBIBYTE, observeDisk, observeStoredFiles, observeVectors } from './library-observations.js';
import { openBlobs } from './open-blobs.js';

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

function observeDatabase(
  { videos, clips, sizeBytes, verifiedClips }: DatabaseReport,
  isDeep: boolean,
): Observation {
  const size = `${videos} videos, ${clips} clips, ${Math.ceil(sizeBytes / MEBIBYTE)} MiB`;
  return {
    detail: isDeep ? `sound: ${size}; ${verifiedClips} vectors match their checksums` : `sound: ${size}`,
  };
}

/** What a process left that was ended hard is removed when a server starts. */
async function observeFiles(path: string, dataFolder: string): Promise<Observation> {
  const catalog = new SqliteCatalog(new LibraryDatabase(path));
  try {
    const blobs = await openBlobs(dataFolder);
    const stray = await findStrayFiles(catalog, blobs);
    return observeStoredFiles(stray, () => 'They go at the next start of videre serve.');
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
