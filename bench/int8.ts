import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { VideoEngine } from '../src/adapters/encoder-onnx/video-engine.js';
import { videoGeometry } from '../src/model/videomamba/geometry.js';
import { writeBundle } from '../src/model/write-bundle.js';
import { describeModel, randomFloats, randomWeights } from './encode/models.js';
import { loadEngine } from './int8/load-engine.js';
import { playgroundRecall } from './int8/playground-recall.js';
import { median } from './median.js';

/**
 * 8-bit products beside f32: the time of VideoMamba-M, and the playground's recall with either.
 *
 *   npm run bench -- int8 [--rounds 7] [--clips 1000] [--json]
 */
export async function benchmarkInt8(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '7' }, clips: { type: 'string', default: '1000' } },
  });
  const times = await timeBoth(Number(values.rounds));
  process.stdout.write(
    `VideoMamba-M, 8 frames: f32 ${times.f32.toFixed(0)} ms, int8 ${times.int8.toFixed(0)} ms a clip (medians)\n`,
  );
  const recall = await playgroundRecall(Number(values.clips));
  process.stdout.write(
    `Playground, ${recall.clips} clips: R@1 f32 ${recall.r1.f32.toFixed(2)}, int8 ${recall.r1.int8.toFixed(2)} %; ` +
      `cosine of the two vectors ${recall.meanCosine.toFixed(5)}, least ${recall.leastCosine.toFixed(5)}\n`,
  );
  return {
    'int8.m.over_f32': times.ratio,
    'int8.m.f32_ms': times.f32,
    'int8.m.int8_ms': times.int8,
    'int8.playground.r1': recall.r1.int8,
    'f32.playground.r1': recall.r1.f32,
    'int8.playground.mean_cosine': recall.meanCosine,
  };
}

/** Both by turns, so that what else the machine does falls on both. */
async function timeBoth(rounds: number) {
  const folder = await mkdtemp(join(tmpdir(), 'videre-bench-'));
  const bundleFolder = join(folder, 'bundle');
  try {
    const bundle = await writeBundle(randomWeights(describeModel('m', 8)), bundleFolder);
    const f32 = await loadEngine(bundle, 'f32');
    const int8 = await loadEngine(bundle, 'int8');
    const pixels = randomFloats(videoGeometry(bundle.description.video).pixelValues);
    const timed = async (engine: VideoEngine) => {
      const start = performance.now();
      await engine.classify(pixels, 1);
      return performance.now() - start;
    };
    await timed(f32);
    await timed(int8);
    const pairs: { f32: number; int8: number }[] = [];
    for (let round = 0; round < rounds; round++)
      pairs.push({ f32: await timed(f32), int8: await timed(int8) });
    await Promise.all([f32.close(), int8.close()]);
    return {
      f32: median(pairs.map((pair) => pair.f32)),
      int8: median(pairs.map((pair) => pair.int8)),
      ratio: median(pairs.map((pair) => pair.f32 / pair.int8)),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
