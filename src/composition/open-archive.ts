import { join } from 'node:path';
import { BlobFiles } from '../adapters/blob-files/blob-files.js';
import { SqliteLibraryLoader } from '../adapters/catalog-sqlite/sqlite-library-loader.js';
import { SqliteLibrarySnapshot } from '../adapters/catalog-sqlite/sqlite-library-snapshot.js';
import { DataFolderLock } from '../adapters/data-folder-lock/data-folder-lock.js';
import type { ImportDependencies } from '../app/archive/import-library.js';
import type { BlobStore } from '../ports/blob-store.js';
import type { LibrarySnapshot } from '../ports/library-transfer.js';
import { DATABASE_FILE } from './active-bundle.js';
import type { Closable } from './closing.js';
import { assertLibraryExists, makeFolder } from './data-folder.js';
import { BLOB_FOLDER } from './examine-library.js';

/**
 * What `exportLibrary` needs; a server may go on working on the library.
 * @throws AppError `not-found` when there is no library.
 */
export function openLibraryExport(dataFolder: string): { snapshot: LibrarySnapshot; blobs: BlobStore } {
  assertLibraryExists(dataFolder);
  return {
    snapshot: SqliteLibrarySnapshot.open(join(dataFolder, DATABASE_FILE)),
    blobs: new BlobFiles(join(dataFolder, BLOB_FOLDER)),
  };
}

/**
 * What `importLibrary` needs, alone in the data folder, which is made when it is not there.
 * @throws AppError `conflict` when another process works on the library.
 */
export async function openLibraryImport(dataFolder: string): Promise<ImportDependencies & Closable> {
  await makeFolder(dataFolder);
  const lock = DataFolderLock.take(dataFolder);
  try {
    const loader = SqliteLibraryLoader.open(join(dataFolder, DATABASE_FILE));
    const close = () => loader.close().finally(() => lock.close());
    return { loader, blobs: new BlobFiles(join(dataFolder, BLOB_FOLDER)), close };
  } catch (error) {
    lock.close();
    throw error;
  }
}
