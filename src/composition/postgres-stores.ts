import { PgvectorIndex } from '../adapters/catalog-postgres/pgvector-index.js';
import { PostgresApiKeys } from '../adapters/catalog-postgres/postgres-api-keys.js';
import { PostgresCaptions } from '../adapters/catalog-postgres/postgres-captions.js';
import { PostgresCatalog } from '../adapters/catalog-postgres/postgres-catalog.js';
import { PostgresClipFinder } from '../adapters/catalog-postgres/postgres-clip-finder.js';
import { PostgresConversations } from '../adapters/catalog-postgres/postgres-conversations.js';
import { PostgresDatabase } from '../adapters/catalog-postgres/postgres-database.js';
import { PostgresJobQueue } from '../adapters/catalog-postgres/postgres-job-queue.js';
import { PostgresLibraryLoader } from '../adapters/catalog-postgres/postgres-library-loader.js';
import { PostgresLibrarySnapshot } from '../adapters/catalog-postgres/postgres-library-snapshot.js';
import { PostgresModelSwitch } from '../adapters/catalog-postgres/postgres-model-switch.js';
import { PostgresWebhooks } from '../adapters/catalog-postgres/postgres-webhooks.js';
import { backedUpElsewhere } from './backed-up-elsewhere.js';
import type { Stores, StoresOptions } from './open-stores.js';

/** The stores of a library in Postgres, which any number of processes share. */
export async function openPostgresStores(
  url: string,
  { modelFingerprint, onDamagedClip, keptJobs }: StoresOptions,
): Promise<Stores> {
  const database = await PostgresDatabase.open(url);
  database.listen();
  return {
    catalog: new PostgresCatalog(database, modelFingerprint, onDamagedClip),
    finder: new PostgresClipFinder(database, modelFingerprint),
    apiKeys: new PostgresApiKeys(database),
    captions: new PostgresCaptions(database),
    conversations: new PostgresConversations(database),
    jobs: new PostgresJobQueue(database, { keptJobs }),
    webhooks: new PostgresWebhooks(database),
    modelSwitch: new PostgresModelSwitch(database),
    isShared: true,
    catalogOf: (fingerprint) => new PostgresCatalog(database, fingerprint),
    openIndex: ({ fingerprint, dimension }) =>
      PgvectorIndex.open({ database, dimension, modelFingerprint: fingerprint }),
    // The index is in the database, too.
    removeIndexFile: async () => {},
    removeFromSavedIndexes: async () => {},
    removeStrayIndexFiles: async () => [],
    openSnapshot: () => PostgresLibrarySnapshot.open(database),
    openLoader: () => PostgresLibraryLoader.open(database),
    backUp: () => async () => {
      throw backedUpElsewhere();
    },
    onModelChange: (listener) => database.modelChanges.listen(listener),
    close: () => database.close(),
  };
}
