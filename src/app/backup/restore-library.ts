import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { hashFile } from '../hash-file.js';
import { DATABASE, invalidBackup, isIndexFile, MANIFEST } from './backup-format.js';
import { copyDurably, fileFault, syncToDisk } from './durable-files.js';
import type { SoundBackup } from './verify-backup.js';

/** Where files are until all of them are there, and where those are that they replace. */
const ARRIVING = '.restoring';
const REPLACED = '.replaced';
const BLOBS = 'blobs';

export interface RestoreOptions {
  /** Replace the library that is in the folder. */
  overwrite: boolean;
  signal?: AbortSignal | undefined;
  /** @param share 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
}

/**
 * A folder that a library is to be restored to must hold nothing, unless that may be replaced.
 * @param lockFiles names of files that say who works there, and nothing else
 * @throws AppError `conflict`.
 */
export async function assertRestorable(
  dataFolder: string,
  lockFiles: readonly string[],
  overwrite: boolean,
): Promise<void> {
  if (overwrite) return;
  const found: string[] = await readdir(dataFolder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw fileFault(error, dataFolder);
  });
  // SQLite, through which locks are taken, puts files beside them.
  const isOfLock = (name: string) => lockFiles.some((lockFile) => name.startsWith(lockFile));
  // What a restore has put in place that did not live to end: its database, the last to come, is not there.
  const isCutShort = found.includes(ARRIVING) && !found.includes(DATABASE);
  const isLeft = (name: string) => name === ARRIVING || (isCutShort && isOfLibrary(name));
  const [something] = found.filter((name) => !isLeft(name) && !isOfLock(name));
  if (something === undefined) return;
  throw new AppError('conflict', `${dataFolder} is not empty: there is ${something} in it.`, {
    hint: 'Name another folder with --data, or replace the library in it with --overwrite.',
    details: { dataFolder },
  });
}

/**
 * Puts the library of a backup into a data folder, which nobody works in. Its files are copied beside what is there, and
 * held against their checksums once more; only then they take its place, the database last. Whoever is ended before that
 * leaves the folder as it was, or without a library: restoring again makes it good. What is no part of a library stays.
 * @param backup its folder
 * @param sound what `verifyBackup` found
 * @throws AppError `out-of-storage`, `invalid-archive` when the backup changed since it was verified, `cancelled`.
 */
export async function restoreLibrary(
  backup: string,
  sound: SoundBackup,
  dataFolder: string,
  { signal, onProgress = () => {} }: Omit<RestoreOptions, 'overwrite'>,
): Promise<void> {
  const arriving = join(dataFolder, ARRIVING);
  const names = [...sound.checksums].filter(([name]) => name !== MANIFEST);
  try {
    await rm(arriving, { recursive: true, force: true });
    await mkdir(arriving);
    const folders = new Set<string>();
    for (const [order, [name, sha256]] of names.entries()) {
      const path = join(arriving, name);
      await copyDurably(join(backup, name), path);
      if ((await hashFile(path, signal)).contentHash !== sha256) {
        throw invalidBackup(`its file ${name} changed after it was verified`);
      }
      for (let folder = dirname(path); folder !== dataFolder; folder = dirname(folder)) folders.add(folder);
      onProgress((order + 1) / names.length);
    }
    for (const folder of folders) await syncToDisk(folder);
    await takePlaces(arriving, dataFolder);
  } catch (error) {
    await rm(arriving, { recursive: true, force: true }).catch(() => {});
    throw fileFault(error, dataFolder);
  }
}

/** A database without its files would have them removed as lost, so it goes first and comes last. */
async function takePlaces(arriving: string, dataFolder: string): Promise<void> {
  const replaced = join(dataFolder, REPLACED, randomUUID());
  const old = (await readdir(dataFolder)).filter(isOfLibrary);
  if (old.length > 0) {
    await mkdir(replaced, { recursive: true });
    for (const name of databaseFirst(old)) await rename(join(dataFolder, name), join(replaced, name));
    await syncToDisk(dataFolder);
  }
  const fresh = databaseFirst(await readdir(arriving)).reverse();
  for (const name of fresh) {
    if (name === DATABASE) await syncToDisk(dataFolder);
    await rename(join(arriving, name), join(dataFolder, name));
  }
  await syncToDisk(dataFolder);
  await rm(join(dataFolder, REPLACED), { recursive: true, force: true });
  await rm(arriving, { recursive: true, force: true });
}

function isOfLibrary(name: string): boolean {
  return name.startsWith(DATABASE) || name === BLOBS || isIndexFile(name);
}

function databaseFirst(names: readonly string[]): string[] {
  // The log beside the database goes after it: alone it is nothing, while without it the database would lack what it holds.
  const rank = (name: string) => (name === DATABASE ? 0 : name.startsWith(DATABASE) ? 1 : 2);
  return [...names].sort((left, right) => rank(left) - rank(right));
}
