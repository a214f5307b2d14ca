import type { ImportDependencies } from '../app/archive/import-library.js';
import type { BlobStore } from '../ports/blob-store.js';
import type { LibrarySnapshot } from '../ports/library-transfer.js';
import { type Closable, closeAll, closingOnFailure } from './closing.js';
import { assertLibraryExists, type LibraryPlace, makeFolder, takeLibrary } from './data-folder.js';
import { openBlobs } from './open-blobs.js';
import { openStores } from './open-stores.js';

/**
 * What `exportLibrary` needs; a server may go on working on the library.
 * @throws AppError `not-found` when there is no library.
 */
export async function openLibraryExport(
  place: LibraryPlace,
): Promise<{ snapshot: LibrarySnapshot; blobs: BlobStore } & Closable> {
  assertLibraryExists(place);
  const stores = await openStores(place);
  return closingOnFailure(stores, async () => {
    const blobs = await openBlobs(place.dataFolder);
    const snapshot = await stores.openSnapshot();
    return { snapshot, blobs, close: () => snapshot.close().finally(() => stores.close()) };
  });
}

/**
 * What `importLibrary` needs, alone in the data folder, which is made when it is not there.
 * @throws AppError `conflict` when another process works on the library.
 */
export async function openLibraryImport(place: LibraryPlace): Promise<ImportDependencies & Closable> {
  await makeFolder(place.dataFolder);
  const lock = takeLibrary(place);
  return closingOnFailure(lock, async () => {
    const stores = await openStores(place);
    return closingOnFailure(stores, async () => {
      const blobs = await openBlobs(place.dataFolder);
      const loader = await stores.openLoader();
      return { loader, blobs, close: () => loader.close().finally(() => closeAll(stores, lock)) };
    });
  });
}
