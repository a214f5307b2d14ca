import type { CatalogReader } from '../ports/catalog.js';
import type { ClipIndex, ClipSearcher } from '../ports/clip-index.js';

/**
 * Adds to the index what the catalog has beyond it: after an ingest, after a start with an older index file or none,
 * and when another process has ingested into the same data folder. A damaged clip is passed over: it alone cannot be
 * found then, and the catalog has told of it. An index that is changed together with the catalog has nothing to follow.
 */
export async function followCatalog(index: ClipSearcher, catalog: CatalogReader): Promise<void> {
  if (!isKept(index)) return;
  while ((await catalog.lastClipId()) > index.lastClipId) {
    // Whoever comes meanwhile waits for the same replay.
    const replaying = replays.get(index) ?? replay(index, catalog).finally(() => replays.delete(index));
    replays.set(index, replaying);
    await replaying;
  }
}

function isKept(index: ClipSearcher): index is ClipIndex {
  return index.add !== undefined;
}

const replays = new WeakMap<ClipIndex, Promise<void>>();

async function replay(index: ClipIndex, catalog: CatalogReader): Promise<void> {
  const lastClipId = await catalog.lastClipId();
  let { lastClipId: reached } = await index.state();
  // An index whose thread died is back at an earlier clip, where the next replay goes on.
  const isSetBack = () => index.lastClipId < reached;
  for await (const clips of catalog.vectorsAfter(reached, 'pass-over')) {
    if (isSetBack()) return;
    await index.add(clips);
    reached = index.lastClipId;
    await letOthersRun();
  }
  // The last one may have been passed over, or deleted meanwhile.
  if (!isSetBack() && reached < lastClipId) await index.add([], lastClipId);
}

/** Ids looked up at once. */
const LOOKUP_CLIPS = 5000;

/** Removes from the index what the catalog does not have: after a start with an index file older than a deletion. */
export async function forgetDeleted(index: ClipIndex, catalog: CatalogReader): Promise<void> {
  if (index.size === (await catalog.size()).clips) return;
  const clipIds = await index.clipIds();
  for (let start = 0; start < clipIds.length; start += LOOKUP_CLIPS) {
    const looked = clipIds.slice(start, start + LOOKUP_CLIPS);
    const found = new Set((await catalog.locateClips(looked)).map(({ id }) => id));
    await index.remove(looked.filter((clipId) => !found.has(clipId)));
    await letOthersRun();
  }
}

/** A replay of a large library takes minutes: timers and requests get their turn between batches. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
