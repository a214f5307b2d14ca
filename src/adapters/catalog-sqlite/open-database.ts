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
    client.pragma('foreign_keys = ON');
    const database = drizzle({ client });
    migrate(database, { migrationsFolder: MIGRATIONS_FOLDER });
    return database;
  } catch (error) {
    client.close();
    throw error;
  }
}
