import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError } from '../../domain/errors.js';

const LOCK_FILE = 'lock.sqlite';

/**
 * Says that this process, and no other, changes the library in a data folder. The lock is the operating system's, taken
 * through SQLite (Node has no call for it): it goes with the process, however that ends, so it never has to be broken.
 */
export class DataFolderLock {
  readonly #database: Database.Database;

  private constructor(database: Database.Database) {
    this.#database = database;
  }

  /** @throws AppError `conflict` when another process holds it, `invalid-input` when the folder cannot be written. */
  static take(dataFolder: string): DataFolderLock {
    const path = join(dataFolder, LOCK_FILE);
    assertWritable(path, dataFolder);
    const database = new Database(path, { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
      return new DataFolderLock(database);
    } catch (cause) {
      database.close();
      const isHeld = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');
      if (!isHeld) throw cause;
      throw new AppError('conflict', `Another Videre is at work in ${dataFolder}.`, {
        cause,
        hint: 'Ask that one (a server takes videos with POST /v1/videos), or wait until it is done.',
      });
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
