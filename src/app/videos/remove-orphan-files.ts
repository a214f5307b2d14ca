import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';

/** Prefix of the keys of all stored videos. */
const STORED_VIDEOS = 'videos/';

/**
 * Removes stored videos that no row names: of uploads and deletes that a process began and did not live to end. Only
 * while nobody else writes.
 * @returns the keys removed.
 */
export async function removeOrphanFiles(catalog: Catalog, blobs: BlobStore): Promise<string[]> {
  const named = new Set(await catalog.blobKeys());
  const orphans: string[] = [];
  for await (const key of blobs.list(STORED_VIDEOS)) if (!named.has(key)) orphans.push(key);
  for (const key of orphans) await blobs.delete(key);
  return orphans;
}
