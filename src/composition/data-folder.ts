import { constants, existsSync } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataFolderLock } from '../adapters/data-folder-lock/data-folder-lock.js';
import { AppError } from '../domain/errors.js';
import { DATABASE_FILE } from './active-bundle.js';
import type { Closable } from './closing.js';

/** Where a library is. */
export interface LibraryPlace {
  /** Folder of what belongs to it; made when it is not there. */
  dataFolder: string;
  /** Postgres, where its database is not a file of that folder. */
  databaseUrl?: string | undefined;
}

export interface Locations extends LibraryPlace {
  bundleFolder: string;
}

/**
 * Keeps other processes from changing the library in a folder; one in Postgres is for many.
 * @throws AppError `conflict` when another one is at work.
 */
export function takeLibrary({ dataFolder, databaseUrl }: LibraryPlace): Closable {
  return databaseUrl === undefined ? DataFolderLock.take(dataFolder) : { close: async () => {} };
}

/** @throws AppError `not-found` when nothing was ever ingested into the folder, or the folder is not there. */
export function assertLibraryExists({ dataFolder, databaseUrl }: LibraryPlace): void {
  // A server that does not answer says so itself.
  if (databaseUrl !== undefined || existsSync(join(dataFolder, DATABASE_FILE))) return;
  throw new AppError('not-found', `There is no library in ${dataFolder}.`, {
    hint: `Fill it with: videre ingest PATHS --data ${dataFolder}`,
    details: { dataFolder },
  });
}

/** @throws AppError `invalid-input` when it cannot be made. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    // Node's recursive mkdir never returns under /proc, so ask first whether a folder can be made there at all.
    if (!existsSync(folder)) await assertWritableFolder(nearestExisting(resolve(folder)));
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new AppError('invalid-input', `Cannot make the data folder ${folder}.`, {
      cause,
      hint: 'Name another with --data or VIDERE_DATA.',
    });
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

async function assertWritableFolder(path: string): Promise<void> {
  if (!(await stat(path)).isDirectory()) throw new Error(`${path} is no folder.`);
  await access(path, constants.W_OK);
  // Root passes every access check; what the kernel itself makes up takes no folders from anybody.
  if (/^\/proc(\/|$)/.test(path)) throw new Error(`${path} belongs to the kernel.`);
}
