import { join } from 'node:path';
import { readChosenBundle } from '../adapters/catalog-sqlite/chosen-bundle.js';

/** The SQLite file of a library, in its data folder. */
export const DATABASE_FILE = 'videre.sqlite';

/** Where the bundle is that a library was switched to; undefined when it never was, or there is none. */
export function activeBundleFolder(dataFolder: string): string | undefined {
  return readChosenBundle(join(dataFolder, DATABASE_FILE));
}
