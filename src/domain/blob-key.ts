import { AppError } from './errors.js';

/** Parts that cannot climb out of a folder, nor be taken for an unfinished file, nor grow too long for a file system. */
const KEY = /^(?:[a-z0-9][a-z0-9.-]{0,99}\/){0,4}[a-z0-9][a-z0-9.-]{0,99}$/;

export function isBlobKey(key: string): boolean {
  return KEY.test(key);
}

/** Keys are made by Videre: another is a bug. @throws AppError `internal`. */
export function assertBlobKey(key: string): void {
  if (!isBlobKey(key)) throw new AppError('internal', `${JSON.stringify(key)} is no key of a blob.`);
}
