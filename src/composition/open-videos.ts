import { join } from 'node:path';
import { BlobFiles } from '../adapters/blob-files/blob-files.js';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../adapters/catalog-sqlite/sqlite-catalog.js';
import { DataFolderLock } from '../adapters/data-folder-lock/data-folder-lock.js';
import type { DeleteDependencies } from '../app/videos/delete-video.js';
import { DATABASE_FILE } from './active-bundle.js';
import type { Closable } from './closing.js';
import { BLOB_FOLDER } from './examine-library.js';

/** What is needed to look after the videos of a library, without its model. */
export type VideosDependencies = DeleteDependencies & Closable;

/**
 * @param isChanging keeps other processes from changing the library meanwhile.
 * @throws AppError `conflict` when another one is at work.
 */
export function openVideos(dataFolder: string, isChanging: boolean): VideosDependencies {
  const lock = isChanging ? DataFolderLock.take(dataFolder) : undefined;
  const catalog = new SqliteCatalog(new LibraryDatabase(join(dataFolder, DATABASE_FILE)));
  return {
    catalog,
    blobs: new BlobFiles(join(dataFolder, BLOB_FOLDER)),
    // Whoever opens the index next sees that their clips are gone.
    index: { remove: async () => {} },
    close: () => catalog.close().finally(() => lock?.close()),
  };
}
