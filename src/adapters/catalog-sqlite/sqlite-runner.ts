import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';

/** A database that speaks SQLite: its statements are done when they return, or, where it is elsewhere, some time after. */
export type AnySqliteDatabase = BaseSQLiteDatabase<'sync' | 'async', unknown>;

/** Lends its database for one statement. What the database throws comes out as an `AppError`. */
export interface SqliteRunner {
  run<Result>(work: (database: AnySqliteDatabase) => Result | Promise<Result>): Result | Promise<Result>;
}
