import { join } from 'node:path';
import { BlobFiles } from '../adapters/blob-files/blob-files.js';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { DataFolderLock } from '../adapters/data-folder-lock/data-folder-lock.js';
import type { ReembedDependencies } from '../app/models/reembed-library.js';
import { DATABASE_FILE } from './active-bundle.js';
import { type Closable, closeAll, closingOnFailure } from './closing.js';
import { assertLibraryExists, type Locations } from './data-folder.js';
import { BLOB_FOLDER } from './examine-library.js';
import { openReembed } from './open-reembed.js';

/**
 * What `reembedLibrary` needs, for one who does not serve.
 * @throws AppError `not-found` when there is no library, `conflict` when a server works on it, and as `openReembed`.
 */
export async function openModelSwitch({
  dataFolder,
  bundleFolder,
}: Locations): Promise<ReembedDependencies & Closable> {
  assertLibraryExists(dataFolder);
  const lock = DataFolderLock.take(dataFolder);
  return closingOnFailure(lock, async () => {
    const database = new LibraryDatabase(join(dataFolder, DATABASE_FILE));
    const closeDatabase = { close: async () => database.close() };
    return closingOnFailure(closeDatabase, async () => {
      const blobs = new BlobFiles(join(dataFolder, BLOB_FOLDER));
      const library = { dataFolder, database, blobs };
      const opened = await openReembed(library, bundleFolder);
      return { ...opened, close: () => opened.close().finally(() => closeAll(closeDatabase, lock)) };
    });
  });
}
