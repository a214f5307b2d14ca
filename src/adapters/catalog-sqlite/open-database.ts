import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';

export type CatalogDatabase = BetterSQLite3Database & { $client: Database.Database };

/** The same distance from `src/` as from `dist/`. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations', import.meta.url));

const BUSY_TIMEOUT_MS = 10_000;

/** Opens or makes the database file and brings it to the newest schema; each migration is one transaction. */
export function openDatabase(path: string): CatalogDatabase {
  const client = new Database(path);
  try {
    client.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    client.pragma('journal_mode = WAL');
    // NORMAL, the default with WAL, can lose acknowledged commits in a power cut.
    client.pragma('synchronous = FULL');
    // What is deleted is overwritten, instead of lying in the file until something else needs the room.
    client.pragma('secure_delete = ON');
    const database = drizzle({ client });
    // A migration that makes a table anew drops the old one, which would take along what refers to it.
    client.pragma('foreign_keys = OFF');
    migrateDatabase(database);
    client.pragma('foreign_keys = ON');
    return database;
  } catch (error) {
    client.close();
    throw error;
  }
}

/**
 * SQLite itself ends the transaction when the disk is full; drizzle's ROLLBACK then fails, and its "no transaction is
 * active" would hide what happened. The first error of a statement wins.
 */
function migrateDatabase(database: CatalogDatabase): void {
  const { session } = database as unknown as { session: { run(query: unknown): unknown } };
  const run = session.run;
  let first: { error: unknown } | undefined;
  session.run = (query) => {
    try {
      return run.call(session, query);
    } catch (error) {
      first ??= { error };
      throw error;
    }
  };
  try {
    migrate(database, { migrationsFolder: MIGRATIONS_FOLDER });
  } catch (error) {
    throw first === undefined ? error : first.error;
  } finally {
    session.run = run;
  }
}
