import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { HnswIndex } from '../../src/adapters/index-hnsw/hnsw-index.js';
import { followCatalog } from '../../src/app/follow-catalog.js';
import type { Video } from '../../src/domain/video.js';
import type { NewClip } from '../../src/ports/catalog.js';
import type { SyntheticVectors } from './synthetic-vectors.js';

const threadModule = new URL('../../src/index-worker.ts', import.meta.url);

const CLIPS_PER_VIDEO = 50;
/** Windows that do not overlap, so that no moment hides another and the ten best moments are the ten best clips. */
const CLIP_SECONDS = 3;

/**
 * A library of synthetic clips, made by the product itself: catalog, checksums, index file. Built once, in a folder
 * named after what is in it.
 * @returns its data folder.
 */
export async function buildLibrary(
  cacheFolder: string,
  clips: SyntheticVectors,
  count: number,
  modelFingerprint: string,
  report: (line: string) => void,
): Promise<string> {
  const finished = join(cacheFolder, `search-${count}-${contentName(clips, count, modelFingerprint)}`);
  if (existsSync(finished)) return finished;
  const folder = `${finished}.part`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const catalog = new SqliteCatalog(new LibraryDatabase(join(folder, 'videre.sqlite')));
  try {
    const start = performance.now();
    const seconds = () => `${Math.round((performance.now() - start) / 1000)} s`;
    const { dimension } = clips;
    const index = await HnswIndex.open({
      folder,
      dimension,
      modelFingerprint,
      ledger: catalog,
      threadModule,
    });
    // The thread of the index arranges what is stored while the next is being stored.
    for (let first = 0; first < count; first += CLIPS_PER_VIDEO) {
      await addVideo(catalog, clips, first, Math.min(CLIPS_PER_VIDEO, count - first), modelFingerprint);
      await followCatalog(index, catalog);
    }
    report(`${count} clips stored after ${seconds()}`);
    const ticker = setInterval(async () => {
      const { size, unarranged } = await index.state();
      report(`${size - unarranged} of ${size} indexed after ${seconds()}`);
    }, 30_000);
    await index.settled().finally(() => clearInterval(ticker));
    report(`All indexed after ${seconds()}`);
    await index.save();
    await index.close();
  } finally {
    await catalog.close();
  }
  await rename(folder, finished);
  return finished;
}

async function addVideo(
  catalog: SqliteCatalog,
  vectors: SyntheticVectors,
  first: number,
  count: number,
  modelFingerprint: string,
): Promise<void> {
  const id = `video-${first}`;
  const clips: NewClip[] = Array.from({ length: count }, (_, order) => ({
    startSeconds: order * CLIP_SECONDS,
    endSeconds: (order + 1) * CLIP_SECONDS,
    vector: vectors.at(first + order),
  }));
  const video: Video = {
    id,
    status: 'ready',
    description: '',
    tags: [],
    metadata: {},
    blobKey: null,
    revision: 1,
    updatedAtMs: 0,
    contentHash: createHash('sha256').update(id).digest('hex'),
    title: id,
    sourcePath: `/videos/${id}.mp4`,
    sizeBytes: 1,
    container: 'mp4',
    codec: 'h264',
    width: 1920,
    height: 1080,
    durationSeconds: count * CLIP_SECONDS,
    frameCount: count * CLIP_SECONDS * 25,
    createdAtMs: 0,
  };
  await catalog.addVideo(video, clips, modelFingerprint);
}

/** Of the model and a few vectors: other real vectors or another way to make them give another name. */
function contentName(clips: SyntheticVectors, count: number, modelFingerprint: string): string {
  const hash = createHash('sha256').update(modelFingerprint);
  for (const position of [0, 1, Math.floor(count / 2), count - 1]) hash.update(clips.at(position));
  return hash.digest('hex').slice(0, 12);
}
