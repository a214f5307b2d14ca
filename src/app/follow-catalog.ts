import type { Catalog } from '../ports/catalog.js';
import type { ClipIndex } from '../ports/clip-index.js';

/**
 * Adds to the index what the catalog has beyond it: after an ingest, after a start with an older index file or none,
 * and when another process has ingested into the same data folder.
 */
export async function followCatalog(index: ClipIndex, catalog: Catalog): Promise<void> {
  if ((await catalog.lastClipId()) <= index.lastClipId) return;
  for await (const clips of catalog.vectorsAfter(index.lastClipId)) {
    await index.add(clips);
    await letOthersRun();
  }
}

/** A replay of a large library takes minutes: timers and requests get their turn between batches. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
