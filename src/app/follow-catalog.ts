import type { CatalogReader } from '../ports/catalog.js';
import type { ClipIndex, ClipSearcher } from '../ports/clip-index.js';

/**
 * Adds to the index what the catalog has beyond it: after an ingest, after a start with an older index file or none,
 * and when another process has ingested into the same data folder. An index that went on from what it had saved loses
 * what was deleted since. A damaged clip is passed over: it alone cannot be found then, and the catalog has told of it.
 * An index that is changed together with the catalog has nothing to follow.
 */
export async function followCatalog(index: ClipSearcher, catalog: CatalogReader): Promise<void> {
  if (!isKept(index)) return;
  while (mayHaveDeleted(index) || (await catalog.lastClipId()) > index.lastClipId) {
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

/** How many restores of an index were followed by a look for what was deleted. */
const restoresSeen = new WeakMap<ClipIndex, number>();

function mayHaveDeleted(index: ClipIndex): boolean {
  return index.restores > (restoresSeen.get(index) ?? 0);
}

async function replay(index: ClipIndex, catalog: CatalogReader): Promise<void> {
  // Of one whose thread dies meanwhile it is looked for once more.
  const { restores } = index;
  await addNew(index, catalog);
  if (!mayHaveDeleted(index)) return;
  await forgetDeleted(index, catalog);
  restoresSeen.set(index, restores);
}

async function addNew(index: ClipIndex, catalog: CatalogReader): Promise<void> {
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

/** Removes from the index what the catalog does not have. Sizes tell nothing: a clip may be missing here, a damaged one. */
async function forgetDeleted(index: ClipIndex, catalog: CatalogReader): Promise<void> {
  // Asked first: what is added meanwhile is no concern of this.
  const deleted = new Set(await index.clipIds());
  for await (const clipIds of catalog.clipIds()) {
    for (const clipId of clipIds) deleted.delete(clipId);
    await letOthersRun();
  }
  if (deleted.size > 0) await index.remove([...deleted]);
}

/** A replay of a large library takes minutes: timers and requests get their turn between batches. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
