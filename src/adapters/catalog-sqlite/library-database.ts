import { statSync } from 'node:fs';
import type { SQL } from 'drizzle-orm';
import { Changes } from '../catalog-parts/changes.js';
import { type CatalogDatabase, openDatabase } from './open-database.js';
import { canWriteDatabase, copyForReading, type ReadableCopy } from './readable-copy.js';
import { withSqliteErrors } from './sqlite-errors.js';
import type { SqliteRunner } from './sqlite-runner.js';

export type Transaction = Parameters<Parameters<CatalogDatabase['transaction']>[0]>[0];

/**
 * The one SQLite file of a library, which the catalog, the job queue and others share, so that they can change together.
 * better-sqlite3 is synchronous: what is called is done when it returns.
 */
export class LibraryDatabase implements SqliteRunner {
  readonly path: string;
  /** To be told after every change of jobs, whoever makes it. */
  readonly jobChanges = new Changes();
  readonly #database: CatalogDatabase;
  readonly #copy: ReadableCopy | undefined;

  /**
   * A database that is there and may only be read is read, and refuses every change with `invalid-input`.
   * @throws AppError `invalid-input` when the file cannot be made, `corrupt-data` when it is no database.
   */
  constructor(path: string) {
    this.path = path;
    const isThere = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
    this.#copy = isThere && !canWriteDatabase(path) ? copyForReading(path) : undefined;
    try {
      this.#database = withSqliteErrors(path, () => openDatabase(this.#copy?.path ?? path));
    } catch (error) {
      this.#copy?.remove();
      throw error;
    }
    if (this.isReadOnly) this.#database.$client.pragma('query_only = ON');
  }

  get isReadOnly(): boolean {
    return this.#copy !== undefined;
  }

  /** Statements that need not be one; each is a transaction of its own. */
  run<Result>(work: (database: CatalogDatabase) => Result): Result {
    return withSqliteErrors(this.path, () => work(this.#database));
  }

  /** All of the work or nothing. It takes the lock for writing at once, so that it never has to give up midway. */
  transaction<Result>(work: (transaction: Transaction) => Result): Result {
    return this.run((database) => database.transaction(work, { behavior: 'immediate' }));
  }

  /** One transaction. */
  runAll(statements: readonly SQL[]): void {
    this.transaction((transaction) => {
      for (const statement of statements) transaction.run(statement);
    });
  }

  /**
   * Takes what was deleted out of the write-ahead log, which holds pages as they were before. Whoever reads an older state
   * is not waited for, and a full disk is no reason to call the deletion failed: it goes with the next one then, or at the close.
   */
  forgetDeleted(): void {
    this.run(({ $client: client }) => {
      const waitMs = client.pragma('busy_timeout', { simple: true });
      client.pragma('busy_timeout = 0');
      try {
        client.pragma('wal_checkpoint(TRUNCATE)');
      } catch {
        // The deletion itself is in the log, and on the disk.
      } finally {
        client.pragma(`busy_timeout = ${waitMs}`);
      }
    });
  }

  close(): void {
    this.#database.$client.close();
    this.#copy?.remove();
  }
}
