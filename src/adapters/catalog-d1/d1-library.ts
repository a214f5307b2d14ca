import type { D1Database } from '@cloudflare/workers-types';
import type { SQL } from 'drizzle-orm';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import type { AnySqliteDatabase, SqliteRunner } from '../catalog-sqlite/sqlite-runner.js';
import { toD1Error } from './d1-errors.js';

/** A library in D1, Cloudflare's SQLite: each call is a request over their network. */
export class D1Library implements SqliteRunner {
  readonly #database: DrizzleD1Database;

  constructor(database: D1Database) {
    this.#database = drizzle(database);
  }

  /** @throws AppError `database-unavailable`, `internal`, `corrupt-data`. */
  async run<Result>(work: (database: AnySqliteDatabase) => Result | Promise<Result>): Promise<Result> {
    try {
      return await work(this.#database);
    } catch (thrown) {
      throw toD1Error(thrown);
    }
  }

  /** One transaction. @throws as `run`. */
  async runAll([first, ...others]: readonly SQL[]): Promise<void> {
    if (first === undefined) return;
    const prepared = others.map((statement) => this.#database.run(statement));
    await this.run(() => this.#database.batch([this.#database.run(first), ...prepared]));
  }
}
