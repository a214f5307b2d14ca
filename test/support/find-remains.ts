import { thumbnailPrefix } from '../../src/app/videos/thumbnail-keys.js';
import type { BlobStore } from '../../src/ports/blob-store.js';
import type { Catalog, DeletedVideo } from '../../src/ports/catalog.js';
import type { ClipIndex } from '../../src/ports/clip-index.js';
import type { JobQueue } from '../../src/ports/job-queue.js';

export interface RemainsDependencies {
  catalog: Catalog;
  index: ClipIndex;
  blobs: BlobStore;
  jobs: JobQueue;
}

/**
 * Looks for what a deleted video may have left anywhere: rows, vectors, index entries, files, thumbnails, jobs.
 * @returns a line for each thing found; none is the proof that it is gone.
 */
export async function findRemains(
  { catalog, index, blobs, jobs }: RemainsDependencies,
  { video, clipIds }: DeletedVideo,
): Promise<string[]> {
  const remains: string[] = [];
  if ((await catalog.getVideo(video.id)) !== undefined) remains.push(`row of video ${video.id}`);
  if ((await catalog.findByContentHash(video.contentHash))?.id === video.id) remains.push('its content hash');
  for (const { id } of await catalog.locateClips(clipIds)) remains.push(`row of clip ${id}`);
  const indexed = new Set(await index.clipIds());
  for (const id of clipIds) if (indexed.has(id)) remains.push(`index entry of clip ${id}`);
  for (const { id } of (await jobs.list(1, undefined, { videoId: video.id })).jobs) remains.push(`job ${id}`);
  if (video.blobKey !== null && (await blobs.size(video.blobKey)) !== undefined) {
    remains.push(`stored file ${video.blobKey}`);
  }
  for await (const key of blobs.list(thumbnailPrefix(video.id))) remains.push(`thumbnail ${key}`);
  return remains;
}
