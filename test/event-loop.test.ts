import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { OnnxVideoEncoder } from '../src/adapters/encoder-onnx/onnx-video-encoder.js';
import { HnswIndex } from '../src/adapters/index-hnsw/hnsw-index.js';
import { clusteredVectors } from './contract/clip-index.contract.js';
import { MemoryLedger } from './support/memory-ledger.js';
import { temporaryFolder } from './support/temporary-folder.js';

/**
 * What computes for long does so beside the thread that answers requests. Work that blocked it would be one gap as long as
 * itself; a busy machine makes short ones, so the bound is a share of the work, not milliseconds.
 */
const MOST_OF_THE_WORK = 0.5;

/** The longest time that the event loop let nothing else happen while the work went on. */
async function longestGapDuring(work: () => Promise<unknown>): Promise<{ gapMs: number; totalMs: number }> {
  const start = performance.now();
  let isDone = false;
  let gapMs = 0;
  const watching = (async () => {
    for (let last = performance.now(); !isDone; ) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const now = performance.now();
      gapMs = Math.max(gapMs, now - last);
      last = now;
    }
  })();
  await work();
  isDone = true;
  await watching;
  return { gapMs, totalMs: performance.now() - start };
}

it('goes on while the index arranges, compares with everything, saves and loads', {
  timeout: 90_000,
}, async () => {
  const dimension = 128;
  const clips = clusteredVectors(2000, dimension);
  const options = {
    folder: await temporaryFolder(),
    dimension,
    modelFingerprint: 'model',
    ledger: new MemoryLedger(),
    threadModule: new URL('../src/index-worker.ts', import.meta.url),
  };
  const index = await HnswIndex.open(options);
  const { gapMs, totalMs } = await longestGapDuring(async () => {
    for (let start = 0; start < clips.length; start += 500) await index.add(clips.slice(start, start + 500));
    await index.search(clips[0]!.vector, 10, { exact: true });
    await index.settled();
    await index.save();
    await index.close();
    const loaded = await HnswIndex.open(options);
    expect(loaded.size).toBe(2000);
    await loaded.close();
  });
  expect(gapMs).toBeLessThan(totalMs * MOST_OF_THE_WORK);
});

it('goes on while videos are encoded', { timeout: 90_000 }, async () => {
  const encoder = await OnnxVideoEncoder.load({
    bundleDirectory: fileURLToPath(new URL('../models/playground', import.meta.url)),
    workerModule: new URL('../src/engine-worker.ts', import.meta.url),
  });
  const [width, height] = [320, 180];
  const frames = Array.from({ length: encoder.model.framesPerClip }, (_, order) =>
    new Uint8Array(width * height * 3).fill(order * 30),
  );
  const clips = Array.from({ length: 4 }, () => ({ width, height, frames }));
  const { gapMs, totalMs } = await longestGapDuring(() => encoder.encode(clips));
  await encoder.close();
  expect(gapMs).toBeLessThan(totalMs * MOST_OF_THE_WORK);
});
