import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '../../domain/errors.js';

/** Whether SQLite could work on the database: it writes the file, and others beside it. Found out by trying. */
export function canWriteDatabase(path: string): boolean {
  try {
    closeSync(openSync(path, 'r+'));
    rmdirSync(mkdtempSync(join(dirname(path), '.videre-')));
    return true;
  } catch {
    return false;
  }
}

export interface ReadableCopy {
  path: string;
  remove(): void;
}

/**
 * A copy in the temporary folder of a database that can only be read. Even to read, SQLite makes files beside a database
 * with a write-ahead log; a copy can be brought to the newest schema, too. What is written to it would be lost: the
 * caller sees to it that nothing is.
 */
export function copyForReading(path: string): ReadableCopy {
  const folder = mkdtempSync(join(tmpdir(), 'videre-read-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'library.sqlite');
    for (const suffix of ['', '-wal']) {
      if (!existsSync(path + suffix)) continue;
      copyFileSync(path + suffix, copy + suffix, constants.COPYFILE_FICLONE);
      // The copy of a read-only file is one itself.
      chmodSync(copy + suffix, 0o600);
    }
    return { path: copy, remove };
  } catch (cause) {
    remove();
    throw new AppError('invalid-input', `${path} is not ours to write, and cannot be copied to be read.`, {
      cause,
      hint: 'Check that it is yours to read, and that TMPDIR has room for it.',
    });
  }
}
