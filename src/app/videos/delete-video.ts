import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog, DeletedVideo } from '../../ports/catalog.js';
import type { ClipIndex } from '../../ports/clip-index.js';
import { noSuchVideo } from './no-such-video.js';
import { thumbnailPrefix } from './thumbnail-keys.js';

export interface DeleteDependencies {
  catalog: Catalog;
  index: Pick<ClipIndex, 'remove'>;
  blobs: BlobStore;
}

/**
 * Deletes a video and everything made of it. The rows go first, in one transaction: from then on it is not found, and
 * if the process dies before the rest is gone, the next start sees files that no row names and removes them. A file
 * that was left where it is stays there.
 * @throws AppError `not-found`.
 */
export async function deleteVideo(
  { catalog, index, blobs }: DeleteDependencies,
  videoId: string,
): Promise<DeletedVideo> {
  const deleted = await catalog.deleteVideo(videoId);
  if (deleted === undefined) throw noSuchVideo(videoId);
  await index.remove(deleted.clipIds);
  if (deleted.video.blobKey !== null) await blobs.delete(deleted.video.blobKey);
  await blobs.deleteAll(thumbnailPrefix(videoId));
  return deleted;
}
