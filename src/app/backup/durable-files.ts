import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../domain/errors.js';

/** What file systems say that have no hard links, have too many of a file, or end between the two names. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES']);

/** Gives a file that never changes a second name, or where that cannot be copies it. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINK.has(errorCode(error) ?? '')) throw error;
    await copyDurably(from, to);
  }
}

/** A copy that lasts, but for its name: that is on the disk when its folder was synced. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  // Where the file system can, both share their blocks until one changes.
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await syncToDisk(to);
}

export async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx', flush: true });
}

/** Flushes a file, or the names in a folder, to the disk. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** What went wrong with the files below a folder, told so that somebody can mend it; what is no such fault, as it is. */
export function fileFault(error: unknown, folder: string): unknown {
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO') {
    return new AppError('out-of-storage', `The disk that holds ${folder} is full or failing (${code}).`, {
      cause: error,
      hint: 'Free some space, or name a folder on another disk, and try again.',
    });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EPERM') {
    return new AppError('invalid-input', `${folder} cannot be written (${code}).`, { cause: error });
  }
  return error;
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
