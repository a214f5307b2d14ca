import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clusteredVectors } from '../../../test/contract/clip-index.contract.js';
import { MemoryLedger } from '../../../test/support/memory-ledger.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { assertWrittenWhole } from './hnsw-file.js';
import { HnswIndex } from './hnsw-index.js';

const dimension = 8;
const clips = clusteredVectors(300, dimension);
const query = clips[7]!.vector;

async function savedIndex() {
  const folder = await temporaryFolder();
  const options = { folder, dimension, modelFingerprint: 'model', ledger: new MemoryLedger() };
  const index = await HnswIndex.open(options);
  await index.add(clips);
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
  await again.save();
  expect((await HnswIndex.open(options)).size).toBe(300);
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
