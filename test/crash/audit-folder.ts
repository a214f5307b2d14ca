import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { HnswIndex } from '../../src/adapters/index-hnsw/hnsw-index.js';
import { followCatalog } from '../../src/app/follow-catalog.js';
import { findStrayFiles } from '../../src/app/videos/stray-files.js';
import { colourModel } from '../support/colour-world.js';

/**
 * Looks into a data folder that nobody serves.
 * @param isSettled a process has started on it and ended in peace since the last kill: then nothing may be left over, either
 * @returns what is wrong, a line each
 */
export async function auditFolder(dataFolder: string, isSettled: boolean): Promise<string[]> {
  const wrong: string[] = [];
  const database = new LibraryDatabase(join(dataFolder, 'videre.sqlite'));
  const catalog = new SqliteCatalog(database, colourModel.fingerprint);
  try {
    const clipIds = new Set<number>();
    // Throws where a vector does not match its checksum.
    for await (const batch of catalog.vectorsAfter(0)) for (const { clipId } of batch) clipIds.add(clipId);
    for (let cursor: string | undefined; ; ) {
      const page = await catalog.listVideos(500, cursor);
      for (const { id, status, clipCount } of page.videos) {
        if (status === 'ready' ? clipCount === 0 : clipCount !== 0) {
          wrong.push(`video ${id} is ${status} and has ${clipCount} clips`);
        }
      }
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    const { missing, withoutVideo } = await findStrayFiles(catalog, new BlobFiles(join(dataFolder, 'blobs')));
    if (isSettled) {
      const strays = await strayFiles(dataFolder, catalog.indexFileNames());
      for (const name of strays) wrong.push(`the file ${name} is left over`);
    }
    for (const key of missing) wrong.push(`the file ${key} is gone`);
    if (isSettled) for (const key of withoutVideo) wrong.push(`the file ${key} is no video's`);

    const index = await HnswIndex.open({
      folder: dataFolder,
      dimension: colourModel.dimension,
      modelFingerprint: colourModel.fingerprint,
      ledger: catalog,
    });
    try {
      await followCatalog(index, catalog);
      const indexed = new Set(await index.clipIds());
      for (const id of clipIds) if (!indexed.has(id)) wrong.push(`clip ${id} is not in the index`);
      for (const id of indexed) if (!clipIds.has(id)) wrong.push(`index entry ${id} is no clip`);
    } finally {
      await index.close();
    }
  } catch (error) {
    wrong.push(`the audit failed: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    await catalog.close();
  }
  return wrong;
}

/** Files that nothing names: of writes that never ended, and indexes that do not count. */
async function strayFiles(dataFolder: string, recordedIndexes: readonly string[]): Promise<string[]> {
  const entries = await readdir(dataFolder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dataFolder, join(entry.parentPath, entry.name)));
  return names.filter(
    (name) =>
      /(^|\/)\.(unfinished|restoring|replaced)\//.test(name) ||
      name.endsWith('.tmp') ||
      (name.endsWith('.hnsw') && !recordedIndexes.includes(name)),
  );
}
