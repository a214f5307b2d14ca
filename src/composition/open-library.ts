import { join } from 'node:path';
import { BlobFiles } from '../adapters/blob-files/blob-files.js';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from '../adapters/catalog-sqlite/sqlite-api-keys.js';
import { SqliteCaptions } from '../adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteCatalog } from '../adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteClipFinder } from '../adapters/catalog-sqlite/sqlite-clip-finder.js';
import { SqliteConversations } from '../adapters/catalog-sqlite/sqlite-conversations.js';
import { SqliteJobQueue } from '../adapters/catalog-sqlite/sqlite-job-queue.js';
import { SqliteWebhooks } from '../adapters/catalog-sqlite/sqlite-webhooks.js';
import { HnswIndex } from '../adapters/index-hnsw/hnsw-index.js';
import { assertSameModel } from '../app/assert-same-model.js';
import { followCatalog, forgetDeleted } from '../app/follow-catalog.js';
import type { AppError } from '../domain/errors.js';
import type { ModelInfo } from '../ports/encoders.js';
import { DATABASE_FILE } from './active-bundle.js';
import { closingOnFailure } from './closing.js';
import { makeFolder } from './data-folder.js';
import { BLOB_FOLDER } from './examine-library.js';
import { keepIndexSaved } from './keep-index-saved.js';
import { indexThreadModule } from './worker-modules.js';

export interface LibraryOptions {
  /** Gives the index a thread of its own, for which a single search has no use, and saves it from time to time. */
  isServing?: boolean;
  /** Hears of each clip that cannot be found because its row is damaged, once. */
  onDamagedClip?: ((fault: AppError) => void) | undefined;
}

export type OpenLibrary = Awaited<ReturnType<typeof openLibrary>>;

/**
 * Catalog and index of a data folder, the index in step with the catalog.
 * @throws AppError `model-mismatch`, `corrupt-data`, `invalid-input`.
 */
export async function openLibrary(
  dataFolder: string,
  model: ModelInfo,
  { isServing = false, onDamagedClip }: LibraryOptions = {},
) {
  await makeFolder(dataFolder);
  const database = new LibraryDatabase(join(dataFolder, DATABASE_FILE));
  const catalog = new SqliteCatalog(database, model.fingerprint, onDamagedClip);
  return closingOnFailure(catalog, async () => {
    await assertSameModel(catalog, model);
    const { fingerprint: modelFingerprint, dimension } = model;
    const index = await HnswIndex.open({
      folder: dataFolder,
      dimension,
      modelFingerprint,
      ledger: catalog,
      ...(isServing ? { threadModule: indexThreadModule } : {}),
    });
    await closingOnFailure(index, async () => {
      await followCatalog(index, catalog);
      await forgetDeleted(index, catalog);
    });
    const keeping = isServing ? keepIndexSaved(index) : undefined;
    return {
      database,
      catalog,
      finder: new SqliteClipFinder(database, model.fingerprint),
      apiKeys: new SqliteApiKeys(database),
      blobs: new BlobFiles(join(dataFolder, BLOB_FOLDER)),
      captions: new SqliteCaptions(database),
      conversations: new SqliteConversations(database),
      jobs: new SqliteJobQueue(database),
      webhooks: new SqliteWebhooks(database),
      index,
      close: async () => {
        await keeping?.close();
        await index
          .save()
          // On a full or read-only disk the file stays as it was: what is missing in it is added at the next start.
          .catch(() => {})
          .finally(() => index.close())
          .finally(() => catalog.close());
      },
    };
  });
}
