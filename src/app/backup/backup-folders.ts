import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { CHECKSUMS } from './backup-format.js';

/** The time it was begun, so that the names sort by age. */
const NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/;
const UNFINISHED = '.unfinished-';

export function backupName(time: Date): string {
  return time.toISOString().replaceAll(/[:.]/g, '-');
}

export function unfinishedName(name: string): string {
  return UNFINISHED + name;
}

/** The backups in a folder of backups, oldest first; none when it is not there. */
export async function listBackups(folder: string): Promise<string[]> {
  return (await entries(folder)).filter((name) => NAME.test(name)).sort();
}

/** Removes what backups left that did not live to end. Only while none is being made. */
export async function sweepBackups(folder: string): Promise<void> {
  for (const name of await entries(folder)) {
    if (name.startsWith(UNFINISHED)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * The backup that is meant by a folder: itself, or the newest in it.
 * @throws AppError `file-not-found`.
 */
export async function findBackup(folder: string): Promise<string> {
  if (existsSync(join(folder, CHECKSUMS))) return folder;
  const newest = (await listBackups(folder)).at(-1);
  if (newest !== undefined) return join(folder, newest);
  throw new AppError('file-not-found', `There is no backup in ${folder}.`, {
    hint: 'Name a backup, or the folder that videre backup was told to write to.',
  });
}

async function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw new AppError('invalid-input', `The folder ${folder} cannot be read (${error.code}).`, {
      cause: error,
    });
  });
}
