import type { ReembedDependencies } from '../app/models/reembed-library.js';
import { type Closable, closeAll, closingOnFailure } from './closing.js';
import { assertLibraryExists, type Locations, takeLibrary } from './data-folder.js';
import { openBlobs } from './open-blobs.js';
import { openReembed } from './open-reembed.js';
import { openStores } from './open-stores.js';

/**
 * What `reembedLibrary` needs, for one who does not serve.
 * @throws AppError `not-found` when there is no library, `conflict` when a server works on it, and as `openReembed`.
 */
export async function openModelSwitch({
  bundleFolder,
  ...place
}: Locations): Promise<ReembedDependencies & Closable> {
  assertLibraryExists(place);
  const lock = takeLibrary(place);
  return closingOnFailure(lock, async () => {
    const stores = await openStores(place);
    return closingOnFailure(stores, async () => {
      const blobs = await openBlobs(place.dataFolder);
      const opened = await openReembed({ stores, blobs }, bundleFolder);
      return { ...opened, close: () => opened.close().finally(() => closeAll(stores, lock)) };
    });
  });
}
