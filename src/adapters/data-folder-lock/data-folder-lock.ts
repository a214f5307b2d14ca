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

  /** @throws AppError `conflict` when another process holds it. */
  static take(dataFolder: string): DataFolderLock {
    const database = new Database(join(dataFolder, LOCK_FILE), { timeout: 0 });
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
