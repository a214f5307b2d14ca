import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { colourModel } from '../../test/support/colour-world.js';
import { MemoryLedger } from '../../test/support/memory-ledger.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { LibraryDatabase } from '../adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../adapters/catalog-sqlite/sqlite-catalog.js';
import { ExactIndex } from '../adapters/index-exact/exact-index.js';
import { HnswIndex } from '../adapters/index-hnsw/hnsw-index.js';
import type { AppError } from '../domain/errors.js';
import type { ClipIndex } from '../ports/clip-index.js';
import { followCatalog } from './follow-catalog.js';

const { dimension, fingerprint } = colourModel;
const CLIPS = 600;

/** A library of clips 1 to 600, some of which the disk has changed. */
async function damagedLibrary(...damaged: number[]) {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  const told: AppError[] = [];
  const catalog = new SqliteCatalog(new LibraryDatabase(path), fingerprint, (fault) => told.push(fault));
  onTestFinished(() => catalog.close());
  await addVideo(catalog, CLIPS);
  const file = new Database(path);
  for (const clipId of damaged)
    file.prepare('update clips set checksum = zeroblob(32) where id = ?').run(clipId);
  file.close();
  return { catalog, told };
}

async function addVideo(catalog: SqliteCatalog, clipCount: number): Promise<void> {
  const { length } = (await catalog.listVideos(100)).videos;
  const video = {
    id: `video ${length}`,
    contentHash: `hash ${length}`,
    title: 'film',
    status: 'ready' as const,
    description: '',
    tags: [],
    metadata: {},
    blobKey: null,
    sourcePath: 'film.mp4',
    sizeBytes: 10,
    container: 'mp4',
    codec: 'h264',
    width: 4,
    height: 3,
    durationSeconds: 2.5,
    frameCount: 75,
    createdAtMs: 1,
    updatedAtMs: 1,
    revision: 1,
  };
  const clips = Array.from({ length: clipCount }, (_, order) => ({
    startSeconds: order,
    endSeconds: order + 1,
    vector: new Float32Array(dimension).fill(order + 1),
  }));
  await catalog.addVideo(video, clips, fingerprint);
}

const hnsw = async () =>
  HnswIndex.open({
    folder: await temporaryFolder(),
    dimension,
    modelFingerprint: fingerprint,
    ledger: new MemoryLedger(),
  });
const indexes: [string, () => Promise<ClipIndex>][] = [
  ['HnswIndex', hnsw],
  ['ExactIndex', async () => new ExactIndex(dimension)],
];

describe.each(indexes)('followCatalog with a %s, some clips damaged', (_, open) => {
  it.each([
    ['the first', [1]],
    ['some in the middle, of two batches', [255, 256, 257]],
    ['the last', [CLIPS]],
    ['a whole batch and more', Array.from({ length: 300 }, (_, order) => 301 + order)],
  ])('finds all but %s', async (_, damaged) => {
    const { catalog, told } = await damagedLibrary(...damaged);
    const index = await open();
    await followCatalog(index, catalog);
    const sound = Array.from({ length: CLIPS }, (_, order) => order + 1).filter(
      (id) => !damaged.includes(id),
    );
    expect((await index.clipIds()).sort((one, other) => one - other)).toEqual(sound);
    const query = new Float32Array(dimension).fill(1);
    const found = await index.search(query, CLIPS, { exact: true });
    expect(found.map(({ clipId }) => clipId)).toEqual(sound.toReversed());
    expect(catalog.damagedClips()).toEqual(damaged);
    expect(told.map(({ code, details }) => [code, details.clipId])).toEqual(
      damaged.map((clipId) => ['corrupt-data', clipId]),
    );
  });

  it('finds all of it again once the video is deleted and ingested anew, as the advice is', async () => {
    const { catalog, told } = await damagedLibrary(2, CLIPS);
    const index = await open();
    await followCatalog(index, catalog);
    expect(told[0]!.hint).toContain('delete that video and ingest it again');
    const { clipIds } = (await catalog.deleteVideo(told[0]!.details.videoId as string))!;
    await index.remove(clipIds);
    await addVideo(catalog, CLIPS);
    await followCatalog(index, catalog);
    expect(index.size).toBe(CLIPS);
    expect(catalog.damagedClips()).toEqual([]);
  });

  it('goes on to what comes after, and tells of a clip once', async () => {
    const { catalog, told } = await damagedLibrary(CLIPS);
    const index = await open();
    await followCatalog(index, catalog);
    await addVideo(catalog, 2);
    await followCatalog(index, catalog);
    await followCatalog(await open(), catalog);
    expect(index).toMatchObject({ size: CLIPS + 1, lastClipId: CLIPS + 2 });
    expect(told).toHaveLength(1);
  });
});

it('forgets what was deleted while it was a file, though as many are missing in it as it has too many', async () => {
  const { catalog } = await damagedLibrary(2);
  await addVideo(catalog, 1);
  const folder = await temporaryFolder();
  const options = { folder, dimension, modelFingerprint: fingerprint, ledger: new MemoryLedger() };
  const before = await HnswIndex.open(options);
  await followCatalog(before, catalog);
  await before.settled();
  await before.save();
  await catalog.deleteVideo('video 1');
  const index = await HnswIndex.open(options);
  expect(index.size).toBe((await catalog.size()).clips);
  await followCatalog(index, catalog);
  expect(await index.clipIds()).not.toContain(CLIPS + 1);
  expect(index.size).toBe(CLIPS - 1);
});
