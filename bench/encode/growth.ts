import { availableParallelism } from 'node:os';
import { VideoEngine } from '../../src/adapters/encoder-onnx/video-engine.js';
import { loadScanKernel } from '../../src/adapters/scan/load-scan-kernel.js';
import { bundleInMemory } from '../../src/model/bundle-in-memory.js';
import { videoGeometry } from '../../src/model/videomamba/geometry.js';
import { median } from '../median.js';
import { describeModel, type ModelSize, randomFloats, randomWeights } from './models.js';

/**
 * How often a clip of `frames[0]` costs what one of `frames[1]` does. The two take turns, as many short clips as make up
 * a long one on either side of it, because a machine that others use is not the same a minute later.
 */
export async function costGrowth(
  size: ModelSize,
  [short, long]: readonly [number, number],
  rounds: number,
): Promise<number> {
  const shortClip = await prepare(size, short);
  const longClip = await prepare(size, long);
  await shortClip.run();
  await longClip.run();
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const shortMs: number[] = [];
    for (let i = 0; i < long / short / 2; i++) shortMs.push(await shortClip.run());
    const longMs = await longClip.run();
    for (let i = 0; i < long / short / 2; i++) shortMs.push(await shortClip.run());
    ratios.push((longMs * shortMs.length) / shortMs.reduce((sum, ms) => sum + ms, 0));
  }
  await Promise.all([shortClip.close(), longClip.close()]);
  return median(ratios);
}

async function prepare(size: ModelSize, frames: number) {
  const bundle = bundleInMemory(randomWeights(describeModel(size, frames)));
  const engine = await VideoEngine.load(bundle, loadScanKernel(), { threads: availableParallelism() });
  const pixels = randomFloats(videoGeometry(bundle.description.video).pixelValues);
  return {
    /** @returns milliseconds */
    async run(): Promise<number> {
      const start = performance.now();
      await engine.classify(pixels, 1);
      return performance.now() - start;
    },
    close: () => engine.close(),
  };
}
