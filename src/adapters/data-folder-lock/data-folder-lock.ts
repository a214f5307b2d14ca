import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.js';

/** What only one process does in a data folder at a time, and the file that says which. */
const LOCK_FILES = { change: 'lock.sqlite', 'back-up': 'backup-lock.sqlite' } as const;

const HELD = {
  change: {
    message: 'Another Videre is at work in',
    hint: 'Ask that one (a server takes videos with POST /v1/videos), or wait until it is done.',
  },
  'back-up': { message: 'Another backup is being made of', hint: 'Wait until it is done.' },
} as const;

/** Names of the files that locks leave in a data folder. */
export const DATA_FOLDER_LOCK_FILES: readonly string[] = Object.values(LOCK_FILES);

/**
 * Says that this process, and no other, changes the library in a data folder, or backs it up. The lock is the operating system's, taken
 * through SQLite (Node has no call for it): it goes with the process, however that ends, so it never has to be broken.
 */
export class DataFolderLock {
  readonly #database: Database.Database;

  private constructor(database: Database.Database) {
    this.#database = database;
  }

  /** @throws AppError `conflict` when another process holds it, `invalid-input` when the folder cannot be written. */
  static take(dataFolder: string, purpose: keyof typeof LOCK_FILES = 'change'): DataFolderLock {
    const path = join(dataFolder, LOCK_FILES[purpose]);
    assertWritable(path, dataFolder);
    const database = new Database(path, { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
      return new DataFolderLock(database);
    } catch (cause) {
      database.close();
      const isHeld = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');
      if (!isHeld) throw cause;
      const { message, hint } = HELD[purpose];
      throw new AppError('conflict', `${message} ${dataFolder}.`, { cause, hint });
    }
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}

/** SQLite would lock a file that it can only read, too; what is to be written would be known only at its end. */
function assertWritable(path: string, dataFolder: string): void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (cause) {
    throw new AppError('invalid-input', `Cannot write to the data folder ${dataFolder}.`, {
      cause,
      hint: 'What is in it can be searched. To change it, check whose it is, and how it is mounted.',
    });
  }
}
