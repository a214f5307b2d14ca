import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clusteredVectors } from '../../../test/contract/clip-index.contract.js';
import { MemoryLedger } from '../../../test/support/memory-ledger.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { assertWrittenWhole } from './hnsw-file.js';
import { HnswIndex } from './hnsw-index.js';
import { removeStrayIndexFiles } from './index-file.js';

const dimension = 8;
const clips = clusteredVectors(300, dimension);
const query = clips[7]!.vector;

async function savedIndex() {
  const folder = await temporaryFolder();
  const options = { folder, dimension, modelFingerprint: 'model', ledger: new MemoryLedger() };
  const index = await HnswIndex.open(options);
  await index.add(clips);
  await index.settled();
  await index.save();
  const { name } = (await options.ledger.indexFile())!;
  return { index, options, folder, path: join(folder, name) };
}

it('loads what it saved and answers the same', async () => {
  const { index, options, folder } = await savedIndex();
  const loaded = await HnswIndex.open(options);
  expect(loaded).toMatchObject({ size: 300, lastClipId: 300 });
  expect(await loaded.search(query, 20)).toEqual(await index.search(query, 20));
  expect(await readdir(folder)).toHaveLength(1);
});

it('leaves one file, the newest, and can grow after it was loaded', async () => {
  const { options, folder } = await savedIndex();
  const loaded = await HnswIndex.open(options);
  await loaded.add(
    clusteredVectors(2000, dimension, 3).map((clip) => ({ ...clip, clipId: clip.clipId + 300 })),
  );
  await loaded.settled();
  await loaded.save();
  const record = (await options.ledger.indexFile())!;
  expect(record.clipCount).toBe(2300);
  expect(await readdir(folder)).toEqual([record.name]);
  expect((await HnswIndex.open(options)).size).toBe(2300);
});

it('writes nothing when nothing is new', async () => {
  const { options, path } = await savedIndex();
  const loaded = await HnswIndex.open(options);
  await rm(path);
  await loaded.save();
  await expect(readFile(path)).rejects.toThrow('ENOENT');
});

it('tries again to record a file that the ledger could not be told of, and leaves none behind', async () => {
  const { index, options, folder } = await savedIndex();
  const { ledger } = options;
  const record = ledger.recordIndexFile;
  ledger.recordIndexFile = () => Promise.reject(new Error('disk full'));
  for (const clip of clusteredVectors(2, dimension, 3)) {
    await index.add([{ ...clip, clipId: clip.clipId + 300 }]);
    await index.settled();
    await expect(index.save()).rejects.toThrow('disk full');
  }
  // The one that counts, and the newest.
  expect(await readdir(folder)).toHaveLength(2);
  ledger.recordIndexFile = record;
  await index.save();
  expect((await HnswIndex.open(options)).size).toBe(302);
  expect(await readdir(folder)).toEqual([(await ledger.indexFile())!.name]);
});

it('starts empty rather than read a file with a single flipped bit, anywhere', async () => {
  const { options, path } = await savedIndex();
  const sound = await readFile(path);
  for (let byte = 0; byte < sound.length; byte += Math.ceil(sound.length / 40)) {
    const damaged = Buffer.from(sound);
    damaged[byte]! ^= 1 << (byte % 8);
    await writeFile(path, damaged);
    expect((await HnswIndex.open(options)).size).toBe(0);
  }
});

it('starts empty when the file is missing, cut off or of another model', async () => {
  const { options, path } = await savedIndex();
  expect((await HnswIndex.open({ ...options, modelFingerprint: 'other' })).size).toBe(0);
  await truncate(path, 1000);
  expect((await HnswIndex.open(options)).size).toBe(0);
  await rm(path);
  expect((await HnswIndex.open(options)).size).toBe(0);
});

it('replaces a damaged file when it is saved again', async () => {
  const { options, path } = await savedIndex();
  await truncate(path, 1000);
  const again = await HnswIndex.open(options);
  await again.add(clips);
  await again.settled();
  await again.save();
  expect((await HnswIndex.open(options)).size).toBe(300);
});

it('remembers across a file what was removed', async () => {
  const { index, options } = await savedIndex();
  await index.remove([1, 2, 8]);
  await index.settled();
  await index.save();
  const loaded = await HnswIndex.open(options);
  expect(await loaded.state()).toEqual({ size: 297, lastClipId: 300, unarranged: 0, dead: 3 });
  expect((await loaded.search(query, 300)).map(({ clipId }) => clipId)).not.toContain(8);
});

it('makes room when much of it is dead, and answers and saves meanwhile', async () => {
  const { index, options } = await savedIndex();
  const more = clusteredVectors(4000, dimension, 4).map((clip) => ({ ...clip, clipId: clip.clipId + 300 }));
  await index.add(more);
  await index.settled();
  await index.remove(more.slice(0, 1500).map(({ clipId }) => clipId));
  const exact = await index.search(query, 50, { exact: true });
  await index.save();
  expect((await HnswIndex.open(options)).size).toBe(2800);
  await index.add([{ clipId: 5000, vector: query.map((value) => -value) }]);
  await index.settled();
  expect(await index.state()).toEqual({ size: 2801, lastClipId: 5000, unarranged: 0, dead: 0 });
  const found = (await index.search(query, 50)).map(({ clipId }) => clipId);
  expect(exact.filter(({ clipId }) => found.includes(clipId)).length).toBeGreaterThanOrEqual(49);
  await index.save();
  const loaded = await HnswIndex.open(options);
  expect(await loaded.state()).toEqual({ size: 2801, lastClipId: 5000, unarranged: 0, dead: 0 });
});

it('saves what is arranged and takes the rest again from the catalog', async () => {
  const { index, options } = await savedIndex();
  await index.add(
    clusteredVectors(3000, dimension, 6).map((clip) => ({ ...clip, clipId: clip.clipId + 300 })),
  );
  await index.save();
  const { size, lastClipId } = await HnswIndex.open(options);
  // Ids are arranged in the order they came, so what is missing is what comes after the last.
  expect(lastClipId).toBe(size);
});

it('knows a file that hnswlib did not write to its end', async () => {
  const { path } = await savedIndex();
  await assertWrittenWhole(path);
  const { length } = await readFile(path);
  for (const cut of [length - 1, length - 3, length - 700, 5000, 96, 95, 0]) {
    await truncate(path, cut);
    await expect(assertWrittenWhole(path)).rejects.toMatchObject({ code: 'out-of-storage' });
  }
});

it('removes what a process left that was ended while it saved, and nothing else', async () => {
  const folder = await temporaryFolder();
  const recorded = 'index-0123456789abcdef.hnsw';
  const strays = ['index-fedcba9876543210.hnsw', 'index-0f1e2d3c-0000-4000-8000-0123456789ab.tmp'];
  const others = ['index-notes.txt', 'library.hnsw', recorded];
  for (const name of [...strays, ...others]) await writeFile(join(folder, name), '');
  expect((await removeStrayIndexFiles(folder, [recorded])).sort()).toEqual(strays.sort());
  expect((await readdir(folder)).sort()).toEqual(others.sort());
});

it('has nothing in its file of clips that were removed before it was saved, and finds the others as before', async () => {
  const { options, folder, index } = await savedIndex();
  const isIn = async (clipIds: readonly number[]) => {
    const file = await readFile(join(folder, (await options.ledger.indexFile())!.name));
    return clipIds.filter((clipId) => file.includes(Buffer.from(clips[clipId - 1]!.vector.slice().buffer)));
  };
  const everyFourth = clips.map(({ clipId }) => clipId).filter((clipId) => clipId % 4 === 0);
  expect(await isIn(everyFourth)).toEqual(everyFourth);
  await index.remove(everyFourth);
  await index.save();
  expect(await isIn(everyFourth)).toEqual([]);
  expect(await isIn([1, 2, 3])).toEqual([1, 2, 3]);

  // Vectors of neighbours stand in for theirs; now some of these go, too.
  const loaded = await HnswIndex.open(options);
  const everyThird = clips.map(({ clipId }) => clipId).filter((clipId) => clipId % 3 === 0);
  await loaded.remove(everyThird);
  await loaded.save();
  expect(await isIn([...everyFourth, ...everyThird])).toEqual([]);
  const again = await HnswIndex.open(options);
  const exact = await again.search(query, 20, { exact: true });
  expect(await again.search(query, 20)).toEqual(exact);
});
