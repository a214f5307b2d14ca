import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from '../../src/adapters/catalog-sqlite/sqlite-api-keys.js';
import { SqliteCaptions } from '../../src/adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteClipFinder } from '../../src/adapters/catalog-sqlite/sqlite-clip-finder.js';
import { SqliteConversations } from '../../src/adapters/catalog-sqlite/sqlite-conversations.js';
import { SqliteJobQueue } from '../../src/adapters/catalog-sqlite/sqlite-job-queue.js';
import { SqliteLibraryLoader } from '../../src/adapters/catalog-sqlite/sqlite-library-loader.js';
import { SqliteLibrarySnapshot } from '../../src/adapters/catalog-sqlite/sqlite-library-snapshot.js';
import { SqliteModelSwitch } from '../../src/adapters/catalog-sqlite/sqlite-model-switch.js';
import { SqliteWebhooks } from '../../src/adapters/catalog-sqlite/sqlite-webhooks.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeApiKeys } from './api-keys.contract.js';
import { describeCaptionStore } from './caption-store.contract.js';
import { describeClipFinder } from './clip-finder.contract.js';
import { describeConversationStore } from './conversation-store.contract.js';
import { describeLibraryTransfer } from './library-transfer.contract.js';
import { describeModelSwitch } from './model-switch.contract.js';
import { describeWebhookStore } from './webhook-store.contract.js';

async function emptyLibrary() {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  const database = new LibraryDatabase(path);
  onTestFinished(() => database.close());
  return { path, database, catalog: new SqliteCatalog(database), captions: new SqliteCaptions(database) };
}

describeApiKeys('SqliteApiKeys', async () => new SqliteApiKeys((await emptyLibrary()).database));

describeWebhookStore('SqliteWebhooks', async () => {
  const { database, catalog } = await emptyLibrary();
  return { webhooks: new SqliteWebhooks(database), jobs: new SqliteJobQueue(database), catalog };
});

describeCaptionStore('SqliteCaptions', emptyLibrary);

describeConversationStore('SqliteConversations', async (bounds) => {
  const { database, catalog } = await emptyLibrary();
  return { conversations: new SqliteConversations(database, bounds), catalog };
});

describeClipFinder('SqliteClipFinder', async () => {
  const library = await emptyLibrary();
  return { ...library, finder: new SqliteClipFinder(library.database) };
});

describeModelSwitch('SqliteModelSwitch', async () => {
  const { database, catalog } = await emptyLibrary();
  const catalogOf = (model: string) => new SqliteCatalog(database, model);
  return { models: new SqliteModelSwitch(database), catalog, catalogOf };
});

describeLibraryTransfer('SQLite', async () => {
  const { path, ...library } = await emptyLibrary();
  return {
    ...library,
    openSnapshot: async () => SqliteLibrarySnapshot.open(path),
    openLoader: async () => SqliteLibraryLoader.open(path),
  };
});
