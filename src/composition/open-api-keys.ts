import { join } from 'node:path';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from '../adapters/catalog-sqlite/sqlite-api-keys.js';
import type { ApiKeyStore } from '../ports/api-keys.js';
import { DATABASE_FILE } from './active-bundle.js';
import type { Closable } from './closing.js';
import { makeFolder } from './data-folder.js';

/** The API keys of the library in a data folder, which is made when it is not there: the first key may come first. */
export async function openApiKeys(dataFolder: string): Promise<ApiKeyStore & Closable> {
  await makeFolder(dataFolder);
  const database = new LibraryDatabase(join(dataFolder, DATABASE_FILE));
  return Object.assign(new SqliteApiKeys(database), { close: async () => database.close() });
}
