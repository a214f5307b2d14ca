import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import { STORED_VIDEOS } from './accept-upload.js';
import { THUMBNAILS, videoOfThumbnail } from './thumbnail-keys.js';

/** What the files of a library and its rows do not agree on. */
export interface StrayFiles {
  /** Keys of files that no video has: of uploads and deletes whose process did not live to end them. */
  withoutVideo: string[];
  /** Keys that videos have and that are not there. */
  missing: string[];
}

/** Holds the library's files against its rows. An upload that arrives meanwhile may look like a stray. */
export async function findStrayFiles(catalog: Catalog, blobs: BlobStore): Promise<StrayFiles> {
  const stored = new Set<string>();
  for await (const key of blobs.list(STORED_VIDEOS)) stored.add(key);
  const named = new Set(await catalog.blobKeys());
  const withoutVideo = [...stored].filter((key) => !named.has(key));
  const missing = [...named].filter((key) => !stored.has(key));

  const isThere = new Map<string, boolean>();
  for await (const key of blobs.list(THUMBNAILS)) {
    const videoId = videoOfThumbnail(key);
    if (!isThere.has(videoId)) isThere.set(videoId, (await catalog.getVideo(videoId)) !== undefined);
    if (!isThere.get(videoId)) withoutVideo.push(key);
  }
  return { withoutVideo, missing };
}

/**
 * Removes the files that no video has. Only while nobody else writes.
 * @returns the keys removed.
 */
export async function removeStrayFiles(catalog: Catalog, blobs: BlobStore): Promise<string[]> {
  const { withoutVideo } = await findStrayFiles(catalog, blobs);
  for (const key of withoutVideo) await blobs.delete(key);
  return withoutVideo;
}
