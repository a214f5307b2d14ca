import { assertSameModel } from '../app/assert-same-model.js';
import { followCatalog } from '../app/follow-catalog.js';
import type { ModelInfo } from '../ports/encoders.js';
import { closingOnFailure } from './closing.js';
import { type LibraryPlace, makeFolder } from './data-folder.js';
import { keepIndexSaved } from './keep-index-saved.js';
import { openBlobs } from './open-blobs.js';
import { openStores, type StoresOptions } from './open-stores.js';

export interface LibraryOptions extends Omit<StoresOptions, 'modelFingerprint'> {
  /** Gives the index a thread of its own, for which a single search has no use, and saves it from time to time. */
  isServing?: boolean;
}

export type OpenLibrary = Awaited<ReturnType<typeof openLibrary>>;

/**
 * Stores, media and index of a library, the index in step with the catalog.
 * @throws AppError `model-mismatch`, `corrupt-data`, `invalid-input`, `database-unavailable`.
 */
export async function openLibrary(
  place: LibraryPlace,
  model: ModelInfo,
  { isServing = false, ...options }: LibraryOptions = {},
) {
  await makeFolder(place.dataFolder);
  const stores = await openStores(place, { ...options, modelFingerprint: model.fingerprint });
  const { catalog } = stores;
  return closingOnFailure(stores, async () => {
    await assertSameModel(catalog, model);
    const index = await stores.openIndex(model, isServing);
    const follow = () => followCatalog(index, catalog);
    await closingOnFailure(index, follow);
    // Searches do not wait for it; until it is done they compare.
    if (isServing) index.settled().catch(() => {});
    const keeping = isServing ? keepIndexSaved(index, follow) : undefined;
    return {
      ...stores,
      blobs: await openBlobs(place.dataFolder),
      index,
      close: async () => {
        await keeping?.close();
        await follow()
          .then(() => index.save())
          // On a full or read-only disk the file stays as it was: what is missing in it is added at the next start.
          .catch(() => {})
          .finally(() => index.close())
          .finally(() => stores.close());
      },
    };
  });
}
