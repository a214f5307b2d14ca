import type { D1Database } from '@cloudflare/workers-types';
import type { SQL } from 'drizzle-orm';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';
import type { AnySqliteDatabase, SqliteRunner } from '../catalog-sqlite/sqlite-runner.js';
import { toD1Error } from './d1-errors.js';

const DIALECT = new SQLiteAsyncDialect();

/** A library in D1, Cloudflare's SQLite: each call is a request over their network. */
export class D1Library implements SqliteRunner {
  readonly #client: D1Database;
  readonly #database: DrizzleD1Database;

  constructor(client: D1Database) {
    this.#client = client;
    this.#database = drizzle(client);
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
  async runAll(statements: readonly SQL[]): Promise<void> {
    if (statements.length === 0) return;
    // Not by drizzle, whose batches leave out the parameters of statements like these.
    const prepared = statements.map((statement) => {
      const { sql, params } = DIALECT.sqlToQuery(statement);
      return this.#client.prepare(sql).bind(...params);
    });
    await this.run(() => this.#client.batch(prepared));
  }
}
