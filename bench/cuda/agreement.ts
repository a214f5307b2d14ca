import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadCudaAddon } from '../../src/adapters/encoder-cuda/cuda-addon.js';
import { cudaSettings } from '../../src/adapters/encoder-cuda/cuda-config.js';
import { CudaVideoEngine } from '../../src/adapters/encoder-cuda/cuda-video-engine.js';
import { VideoEngine } from '../../src/adapters/encoder-onnx/video-engine.js';
import { FfmpegMediaReader } from '../../src/adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { loadScanKernel } from '../../src/adapters/scan/load-scan-kernel.js';
import { assembleClips } from '../../src/app/assemble-clips.js';
import { framesNeeded, planClips } from '../../src/app/plan-clips.js';
import { bundleInMemory } from '../../src/model/bundle-in-memory.js';
import type { LoadedBundle } from '../../src/model/loaded-bundle.js';
import { preprocessClip } from '../../src/model/preprocess/preprocess-clip.js';
import { sampleFrameIndices } from '../../src/model/preprocess/sample-frames.js';
import { loadBundle } from '../../src/model/read-bundle.js';
import { videoGeometry } from '../../src/model/videomamba/geometry.js';
import type { ClipFrames } from '../../src/ports/encoders.js';
import { type ModelSize, models, randomFloats } from '../encode/models.js';
import { readRetrievalSet } from '../playground/retrieval-set.js';
import { randomRetrievalModel } from './random-retrieval-model.js';

const PLAYGROUND = fileURLToPath(new URL('../../models/playground', import.meta.url));
const RANDOM_CLIPS = 4;
const FRAMES = 8;

interface Engines {
  cpu: VideoEngine;
  gpu: CudaVideoEngine;
}

async function loadEngines(bundle: LoadedBundle): Promise<Engines> {
  const threads = availableParallelism();
  return {
    cpu: await VideoEngine.load(bundle, loadScanKernel(), { threads, precision: 'f32' }),
    gpu: await CudaVideoEngine.load(bundle, loadCudaAddon(), cudaSettings()),
  };
}

async function randomCosines(size: ModelSize): Promise<number[]> {
  const bundle = bundleInMemory(randomRetrievalModel(size, FRAMES));
  const { cpu, gpu } = await loadEngines(bundle);
  const { pixelValues } = videoGeometry(bundle.description.video);
  const pixels = randomFloats(RANDOM_CLIPS * pixelValues);
  const { vectors } = await gpu.encodePixels(pixels, RANDOM_CLIPS);
  const width = vectors.length / RANDOM_CLIPS;
  const cosines: number[] = [];
  for (let clip = 0; clip < RANDOM_CLIPS; clip++) {
    const expected = await cpu.embed(pixels.subarray(clip * pixelValues, (clip + 1) * pixelValues), 1);
    cosines.push(cosine(vectors.subarray(clip * width, (clip + 1) * width), expected));
  }
  await Promise.all([cpu.close(), gpu.close()]);
  return cosines;
}

/** Whole way on either side: the CPU's resize and ours on the GPU are two programs. */
async function playgroundCosines(videos: number): Promise<number[]> {
  const bundle = await loadBundle(PLAYGROUND);
  const { video, preprocessing } = bundle.description;
  const { cpu, gpu } = await loadEngines(bundle);
  const { files } = await readRetrievalSet(join(PLAYGROUND, 'test'), videos);
  const cosines: number[] = [];
  for (const file of files) {
    for (const clip of await clipsOf(file, bundle)) {
      const { vectors } = await gpu.encode([clip]);
      cosines.push(cosine(vectors, await cpu.embed(preprocessClip(clip, video, preprocessing), 1)));
    }
  }
  await Promise.all([cpu.close(), gpu.close()]);
  return cosines;
}

async function clipsOf(file: string, { description }: LoadedBundle): Promise<ClipFrames[]> {
  const media = new FfmpegMediaReader();
  const info = await media.probe(file);
  const plan = planClips(info, description.clips, description.video.frames, sampleFrameIndices);
  const clips: ClipFrames[] = [];
  for await (const { frames } of assembleClips(plan, media.frames(file, info, framesNeeded(plan)))) {
    clips.push(frames);
  }
  return clips;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/**
 * How near the vectors of the CUDA engine are to those of the CPU in f32: every published size with random weights on
 * random pixels, and the playground's own model on frames of its test videos, resized and normalized by either engine.
 *
 *   npm run bench -- cuda-agreement [--videos 48] [--json]
 */
export async function benchmarkCudaAgreement(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({ args: [...args], options: { videos: { type: 'string', default: '48' } } });
  const results: Record<string, number> = {};
  const report = (name: string, cosines: readonly number[]) => {
    const least = Math.min(...cosines);
    results[`cuda.cosine.${name}`] = least;
    process.stdout.write(`${name}: cosine ${least.toFixed(6)} at least, of ${cosines.length} clips\n`);
  };
  for (const size of Object.keys(models) as ModelSize[]) report(size, await randomCosines(size));
  report('playground', await playgroundCosines(Number(values.videos)));
  return { ...results, 'cuda.cosine_min': Math.min(...Object.values(results)) };
}
