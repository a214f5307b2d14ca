import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { loadCudaAddon } from '../../src/adapters/encoder-cuda/cuda-addon.js';
import { cudaSettings } from '../../src/adapters/encoder-cuda/cuda-config.js';
import { CudaVideoEncoder } from '../../src/adapters/encoder-cuda/cuda-video-encoder.js';
import { CudaVideoEngine } from '../../src/adapters/encoder-cuda/cuda-video-engine.js';
import { bundleInMemory } from '../../src/model/bundle-in-memory.js';
import type { ClipFrames } from '../../src/ports/encoders.js';
import type { ModelSize } from '../encode/models.js';
import { median } from '../median.js';
import { randomRetrievalModel } from './random-retrieval-model.js';

const SIZE = 224;
/** Clips that a caller hands over at once, as ingest does. */
const CLIPS_A_CALL = 8;
/** Of one caller's frames, so that the copies to the GPU read more than a cache holds. */
const DISTINCT_CLIPS = 32;

function randomClip(frames: number): ClipFrames {
  const picture = () => Uint8Array.from({ length: SIZE * SIZE * 3 }, () => Math.random() * 256);
  return { width: SIZE, height: SIZE, frames: Array.from({ length: frames }, picture) };
}

async function measure(size: ModelSize, frames: number, seconds: number) {
  const bundle = bundleInMemory(randomRetrievalModel(size, frames));
  const engine = await CudaVideoEngine.load(bundle, loadCudaAddon(), cudaSettings());
  const encoder = new CudaVideoEncoder(bundle, engine);
  const original = randomClip(frames);
  // Its copies in other orders: making thousands of random pictures would take longer than encoding them.
  const clips = Array.from({ length: DISTINCT_CLIPS }, (_, turn) => ({
    ...original,
    frames: original.frames.map((_frame, t) => new Uint8Array(original.frames[(t + turn) % frames]!)),
  }));
  const callers = Math.ceil((3 * engine.maxBatch) / CLIPS_A_CALL);
  const calls = async (until: () => boolean) => {
    let encoded = 0;
    const caller = async (offset: number) => {
      for (let turn = offset; !until(); turn++) {
        const start = (turn * CLIPS_A_CALL) % DISTINCT_CLIPS;
        const vectors = await encoder.encode(clips.slice(start, start + CLIPS_A_CALL));
        encoded += vectors.length;
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, offset) => caller(offset)));
    return encoded;
  };
  let warmUps = 0;
  await calls(() => warmUps++ >= 2 * callers);
  const aloneMs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await engine.encode(clips.slice(0, engine.maxBatch));
    aloneMs.push(performance.now() - start);
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const encoded = await calls(() => performance.now() - start > 1000 * seconds);
  const elapsedSeconds = (performance.now() - start) / 1000;
  delay.disable();
  const { maxBatch, deviceBytes } = engine;
  await encoder.close();
  return {
    clipsPerSecond: encoded / elapsedSeconds,
    batchAloneMs: median(aloneMs),
    worstGapMs: delay.max / 1e6,
    maxBatch,
    deviceMegabytes: deviceBytes / 2 ** 20,
  };
}

/**
 * Clips a second through the `VideoEncoder` port: frames of 8 bit in JavaScript to vectors in JavaScript, callers that
 * know nothing of each other, and how long the event loop was held up meanwhile.
 *
 *   npm run bench -- cuda-node [--models ti,s,m] [--frames 8,16,64] [--seconds 3] [--json]
 */
export async function benchmarkCudaThroughNode(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      models: { type: 'string', default: 'ti,s,m' },
      frames: { type: 'string', default: '8,16,64' },
      seconds: { type: 'string', default: '3' },
    },
  });
  const results: Record<string, number> = {};
  for (const size of values.models.split(',') as ModelSize[]) {
    for (const frames of values.frames.split(',').map(Number)) {
      const measured = await measure(size, frames, Number(values.seconds));
      const { clipsPerSecond, batchAloneMs, worstGapMs, maxBatch, deviceMegabytes } = measured;
      const name = `cuda.node.${size}.f${frames}`;
      results[`${name}.clips_per_s`] = clipsPerSecond;
      results[`${name}.batch_alone_ms`] = batchAloneMs;
      results[`${name}.event_loop_gap_ms`] = worstGapMs;
      results[`${name}.device_mb`] = deviceMegabytes;
      process.stdout.write(
        `${size} ${frames} frames: ${clipsPerSecond.toFixed(1)} clips/s, ${maxBatch} at once, ` +
          `a batch alone ${batchAloneMs.toFixed(1)} ms, ` +
          `${deviceMegabytes.toFixed(0)} MB, event loop held up ${worstGapMs.toFixed(1)} ms at most\n`,
      );
    }
  }
  return results;
}
