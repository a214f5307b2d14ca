import type { DeleteDependencies } from '../app/videos/delete-video.js';
import type { Closable } from './closing.js';
import { type LibraryPlace, takeLibrary } from './data-folder.js';
import { openBlobs } from './open-blobs.js';
import { openStores } from './open-stores.js';

/** What is needed to look after the videos of a library, without its model. */
export type VideosDependencies = DeleteDependencies & Closable;

/**
 * @param isChanging keeps other processes from changing the library meanwhile.
 * @throws AppError `conflict` when another one is at work.
 */
export async function openVideos(place: LibraryPlace, isChanging: boolean): Promise<VideosDependencies> {
  const blobs = await openBlobs(place.dataFolder);
  const lock = isChanging ? takeLibrary(place) : undefined;
  const { catalog, removeFromSavedIndexes, close } = await openStores(place);
  // Of all videos together: each time a file of gigabytes is written anew.
  const removed: number[] = [];
  return {
    catalog,
    blobs,
    index: {
      remove: async (clipIds) => {
        for (const clipId of clipIds) removed.push(clipId);
      },
    },
    close: () =>
      (removed.length === 0 ? Promise.resolve() : removeFromSavedIndexes(removed))
        .finally(close)
        .finally(() => lock?.close()),
  };
}
