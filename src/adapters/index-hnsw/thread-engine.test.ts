import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { clusteredVectors } from '../../../test/contract/clip-index.contract.js';
import { MemoryLedger } from '../../../test/support/memory-ledger.js';
import type { Death } from '../../../test/support/mortal-index-worker.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { followCatalog } from '../../app/follow-catalog.js';
import type { Catalog } from '../../ports/catalog.js';
import { HnswIndex } from './hnsw-index.js';

const dimension = 8;
const everyClip = clusteredVectors(300, dimension);
const query = everyClip[7]!.vector;
const threadModule = new URL('../../../test/support/mortal-index-worker.ts', import.meta.url);

/** Gives out clips in batches of a hundred; `beforeBatch` happens before each. */
function catalogOf(beforeBatch: (order: number) => Promise<void> = async () => {}, clips = everyClip) {
  return {
    lastClipId: async () => clips.at(-1)?.clipId ?? 0,
    async *clipIds() {
      yield clips.map(({ clipId }) => clipId);
    },
    async *vectorsAfter(after: number) {
      for (let start = 0; start < clips.length; start += 100) {
        await beforeBatch(start / 100);
        const batch = clips.slice(start, start + 100).filter(({ clipId }) => clipId > after);
        if (batch.length > 0) yield batch;
      }
    },
  } satisfies Partial<Catalog> as unknown as Catalog;
}

async function mortalIndex({ isStillborn = false } = {}) {
  const folder = await temporaryFolder();
  if (isStillborn) await writeFile(join(folder, 'stillbirth'), '');
  const index = await HnswIndex.open({
    folder,
    dimension,
    modelFingerprint: 'model',
    ledger: new MemoryLedger(),
    threadModule,
  });
  const channel = new BroadcastChannel(folder);
  onTestFinished(async () => {
    channel.close();
    await index.close();
  });
  /** Done when the index knows. */
  const die = async (death: Death) => {
    channel.postMessage(death);
    await vi.waitFor(() => expect(index.lastClipId).toBe(0), { timeout: 10_000 });
  };
  return { index, die };
}

const found = async (index: HnswIndex, exact: boolean) =>
  (await index.search(query, everyClip.length, { exact })).map(({ clipId }) => clipId).sort((a, b) => a - b);
const all = everyClip.map(({ clipId }) => clipId);

it.each<Death>(['exit', 'throw'])('has every clip again after its thread died by %s', async (death) => {
  const { index, die } = await mortalIndex();
  await followCatalog(index, catalogOf());
  await die(death);
  await followCatalog(index, catalogOf());
  expect(await found(index, false)).toEqual(all);
  expect(await found(index, true)).toEqual(all);
});

it('starts a thread once more that died before it began', async () => {
  const { index } = await mortalIndex({ isStillborn: true });
  await followCatalog(index, catalogOf());
  expect(await found(index, true)).toEqual(all);
});

it('goes on from the newest file, not from that of its start', async () => {
  const { index, die } = await mortalIndex();
  await index.add(everyClip.slice(0, 200));
  await index.settled();
  await index.save();
  await die('exit');
  expect(await index.state()).toMatchObject({ size: 200, lastClipId: 200 });
  await followCatalog(index, catalogOf());
  expect(await found(index, true)).toEqual(all);
});

it('has nothing after its thread died of clips deleted since its file', async () => {
  const { index, die } = await mortalIndex();
  await followCatalog(index, catalogOf());
  await index.settled();
  await index.save();
  await index.remove(all);
  await die('exit');
  await followCatalog(index, catalogOf(undefined, []));
  expect(await index.clipIds()).toEqual([]);
});

it('begins a replay again during which its thread died', async () => {
  const { index, die } = await mortalIndex();
  let deaths = 0;
  const catalog = catalogOf(async (order) => {
    if (order === 2 && deaths++ === 0) await die('exit');
  });
  await followCatalog(index, catalog);
  expect(deaths).toBeGreaterThan(1);
  expect(await found(index, true)).toEqual(all);
});

it('refuses a search rather than answer from less than it had', async () => {
  const { index, die } = await mortalIndex();
  await followCatalog(index, catalogOf());
  await die('exit');
  await expect(index.search(query, 5)).rejects.toMatchObject({ code: 'overloaded', retryable: true });
});
