import { join } from 'node:path';
import { readChosenBundle } from '../adapters/catalog-sqlite/chosen-bundle.js';
import type { LibraryPlace } from './data-folder.js';

/** The SQLite file of a library, in its data folder. */
export const DATABASE_FILE = 'videre.sqlite';

/**
 * Where the bundle is that a library was switched to; undefined when it never was, or there is none.
 * @throws AppError `database-unavailable`, `invalid-input` where Postgres is not to be reached.
 */
export async function activeBundleFolder({
  dataFolder,
  databaseUrl,
}: LibraryPlace): Promise<string | undefined> {
  if (databaseUrl === undefined) return readChosenBundle(join(dataFolder, DATABASE_FILE));
  // Its driver is nothing that others have to load.
  const postgres = await import('../adapters/catalog-postgres/chosen-bundle.js');
  return postgres.readChosenBundle(databaseUrl);
}
