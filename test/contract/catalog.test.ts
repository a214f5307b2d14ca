import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteJobQueue } from '../../src/adapters/catalog-sqlite/sqlite-job-queue.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeCatalog } from './catalog.contract.js';

describeCatalog('SqliteCatalog', async () => {
  const database = new LibraryDatabase(join(await temporaryFolder(), 'videre.sqlite'));
  onTestFinished(() => database.close());
  return { catalog: new SqliteCatalog(database), jobs: new SqliteJobQueue(database) };
});
