import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { LOCKS } from './locks.js';

/** The same distance from `src/` as from `dist/`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url));

/** Brings the database to the newest schema, all in one transaction. Processes that start together do it one after the other. */
export async function migrateDatabase(client: pg.PoolClient): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [LOCKS.migrations]);
  try {
    await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS_FOLDER, migrationsSchema: 'public' });
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCKS.migrations]);
  }
}
