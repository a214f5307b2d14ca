import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from '../adapters/catalog-sqlite/sqlite-api-keys.js';
import { SqliteCaptions } from '../adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteCatalog } from '../adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteClipFinder } from '../adapters/catalog-sqlite/sqlite-clip-finder.js';
import { SqliteConversations } from '../adapters/catalog-sqlite/sqlite-conversations.js';
import { SqliteJobQueue } from '../adapters/catalog-sqlite/sqlite-job-queue.js';
import { SqliteLibraryLoader } from '../adapters/catalog-sqlite/sqlite-library-loader.js';
import { SqliteLibrarySnapshot } from '../adapters/catalog-sqlite/sqlite-library-snapshot.js';
import { SqliteModelSwitch } from '../adapters/catalog-sqlite/sqlite-model-switch.js';
import { SqliteWebhooks } from '../adapters/catalog-sqlite/sqlite-webhooks.js';
import { HnswIndex } from '../adapters/index-hnsw/hnsw-index.js';
import { removeFromIndexFile, removeStrayIndexFiles } from '../adapters/index-hnsw/index-file.js';
import { DATABASE_FILE } from './active-bundle.js';
import { backupOf } from './open-backup.js';
import type { Stores, StoresOptions } from './open-stores.js';
import { indexThreadModule } from './worker-modules.js';

/** The stores of a library in the SQLite file of its data folder, and its index beside it. */
export function openSqliteStores(
  dataFolder: string,
  { modelFingerprint, onDamagedClip, keptJobs }: StoresOptions,
): Stores {
  const path = join(dataFolder, DATABASE_FILE);
  const database = new LibraryDatabase(path);
  const catalog = new SqliteCatalog(database, modelFingerprint, onDamagedClip);
  return {
    catalog,
    finder: new SqliteClipFinder(database, modelFingerprint),
    apiKeys: new SqliteApiKeys(database),
    captions: new SqliteCaptions(database),
    conversations: new SqliteConversations(database),
    jobs: new SqliteJobQueue(database, { keptJobs }),
    webhooks: new SqliteWebhooks(database),
    modelSwitch: new SqliteModelSwitch(database),
    isShared: false,
    catalogOf: (fingerprint) => new SqliteCatalog(database, fingerprint),
    openIndex: ({ fingerprint, dimension }, inThread) =>
      HnswIndex.open({
        folder: dataFolder,
        dimension,
        modelFingerprint: fingerprint,
        ledger: catalog,
        ...(inThread ? { threadModule: indexThreadModule } : {}),
      }),
    removeIndexFile: (name) => rm(join(dataFolder, name), { force: true }),
    removeFromSavedIndexes: async (clipIds) => {
      for (const record of catalog.indexFiles()) {
        const written = await removeFromIndexFile(dataFolder, record, new Set(clipIds));
        if (written === undefined) continue;
        await catalog.recordIndexFile(written);
        await rm(join(dataFolder, record.name), { force: true });
      }
    },
    removeStrayIndexFiles: () => removeStrayIndexFiles(dataFolder, catalog.indexFileNames()),
    openSnapshot: async () => SqliteLibrarySnapshot.open(path),
    openLoader: async () => SqliteLibraryLoader.open(path),
    backUp: (blobs) => backupOf({ dataFolder, database, blobs }),
    // Nobody else may work on it.
    onModelChange: () => () => {},
    close: () => catalog.close(),
  };
}
