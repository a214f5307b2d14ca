import type { SQL } from 'drizzle-orm';
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';

/** A database that speaks SQLite: its statements are done when they return, or, where it is elsewhere, some time after. */
export type AnySqliteDatabase = BaseSQLiteDatabase<'sync' | 'async', unknown>;

/** Runs statements. What the database throws comes out as an `AppError`. */
export interface SqliteRunner {
  /** Lends the database for one statement. */
  run<Result>(work: (database: AnySqliteDatabase) => Result | Promise<Result>): Result | Promise<Result>;
  /** All of the statements or none. */
  runAll(statements: readonly SQL[]): void | Promise<void>;
}
