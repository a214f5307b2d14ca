import type { CatalogReader } from '../../ports/catalog.js';

const VIDEOS_AT_ONCE = 500;

/** What is said of a video has no checksum, but can at least be read. */
export async function readEveryVideo(catalog: Pick<CatalogReader, 'listVideos'>): Promise<void> {
  let cursor: string | undefined;
  do ({ nextCursor: cursor } = await catalog.listVideos(VIDEOS_AT_ONCE, cursor));
  while (cursor !== undefined);
}
