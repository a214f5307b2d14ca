import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SqliteBackupSource, sqliteCopies } from '../adapters/catalog-sqlite/database-backup.js';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { DATA_FOLDER_LOCK_FILES, DataFolderLock } from '../adapters/data-folder-lock/data-folder-lock.js';
import { backUpLibrary } from '../app/backup/back-up-library.js';
import { findBackup } from '../app/backup/backup-folders.js';
import type { BackUp } from '../app/backup/backup-job.js';
import { assertRestorable, type RestoreOptions, restoreLibrary } from '../app/backup/restore-library.js';
import { type SoundBackup, type VerifyOptions, verifyBackup } from '../app/backup/verify-backup.js';
import { AppError } from '../domain/errors.js';
import type { BlobStore } from '../ports/blob-store.js';
import { VERSION } from '../version.js';
import { DATABASE_FILE } from './active-bundle.js';
import { backedUpElsewhere } from './backed-up-elsewhere.js';
import type { LibraryPlace } from './data-folder.js';
import { openBlobs } from './open-blobs.js';

export interface OpenLibrary {
  dataFolder: string;
  database: LibraryDatabase;
  blobs: BlobStore;
}

/** What a server backs its library up with. */
export function backupOf({ dataFolder, database, blobs }: OpenLibrary): BackUp {
  return (options) => backUpAlone({ dataFolder, database, blobs, isServing: true }, options);
}

/**
 * Backs up the library in a data folder; a server may go on working on it.
 * @throws AppError as `backUpLibrary`, `not-found` when there is no library, `conflict` when another backup of it is made.
 */
export async function backUpFolder(
  { dataFolder, databaseUrl }: LibraryPlace,
  options: Parameters<BackUp>[0],
): ReturnType<BackUp> {
  if (databaseUrl !== undefined) throw backedUpElsewhere();
  const path = join(dataFolder, DATABASE_FILE);
  if (!existsSync(path)) {
    throw new AppError('not-found', `There is no library in ${dataFolder}.`, {
      hint: 'Name its folder with --data.',
    });
  }
  const database = new LibraryDatabase(path);
  try {
    const blobs = await openBlobs(dataFolder);
    return await backUpAlone({ dataFolder, database, blobs, isServing: false }, options);
  } finally {
    database.close();
  }
}

async function backUpAlone(
  { dataFolder, database, blobs, isServing }: OpenLibrary & { isServing: boolean },
  options: Parameters<BackUp>[0],
): ReturnType<BackUp> {
  const lock = DataFolderLock.take(dataFolder, 'back-up');
  try {
    const source = new SqliteBackupSource(database, isServing);
    return await backUpLibrary(
      { source, copies: sqliteCopies, blobs, dataFolder, version: VERSION },
      options,
    );
  } finally {
    await lock.close();
  }
}

/** A backup that is sound, with its folder. */
export interface FoundBackup extends SoundBackup {
  backup: string;
}

/**
 * @param folder a backup, or a folder of backups, of which the newest is meant
 * @throws AppError `file-not-found`, and as `verifyBackup`.
 */
export async function openVerifiedBackup(folder: string, options: VerifyOptions): Promise<FoundBackup> {
  const backup = await findBackup(folder);
  return { backup, ...(await verifyBackup(backup, sqliteCopies, options)) };
}

/**
 * Restores a backup, or the newest in a folder of them. All of it is verified before anything is written.
 * @throws AppError `conflict` when the data folder is not empty, or somebody works in it; as `openVerifiedBackup` and
 *   `restoreLibrary`.
 */
export async function restoreFolder(
  folder: string,
  dataFolder: string,
  { overwrite, signal, onProgress = () => {} }: RestoreOptions,
): Promise<FoundBackup> {
  await assertRestorable(dataFolder, DATA_FOLDER_LOCK_FILES, overwrite);
  const found = await openVerifiedBackup(folder, { signal, onProgress: (share) => onProgress(share / 2) });
  await mkdir(dataFolder, { recursive: true });
  const lock = DataFolderLock.take(dataFolder);
  try {
    // Somebody may have come meanwhile.
    await assertRestorable(dataFolder, DATA_FOLDER_LOCK_FILES, overwrite);
    await restoreLibrary(found.backup, found, dataFolder, {
      signal,
      onProgress: (share) => onProgress((1 + share) / 2),
    });
    return found;
  } finally {
    await lock.close();
  }
}
