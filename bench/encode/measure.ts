import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { VideoEngine } from '../../src/adapters/encoder-onnx/video-engine.js';
import { loadScanKernel } from '../../src/adapters/scan/load-scan-kernel.js';
import { loadBundle } from '../../src/model/read-bundle.js';
import { videoGeometry } from '../../src/model/videomamba/geometry.js';
import { median } from '../median.js';
import { Floor } from './floor.js';
import { randomFloats } from './models.js';
import { gemmShare } from './operator-times.js';
import { TimedKernel } from './timed-kernel.js';

export interface Measurement {
  /** Milliseconds a clip, medians over the rounds, as are the next. */
  clipMs: number;
  gemmMs: number;
  scanMs: number;
  /** Convolution, SiLU and x_proj, one native pass. */
  operandsMs: number;
  otherMs: number;
  floorMs: number;
  /** Median over the rounds of clip / floor, each pair taken one after the other. */
  overFloor: number;
  /** The same of the processor time of all threads: what a busy machine disturbs less, and waiting threads do not show. */
  overFloorInProcessorTime: number;
  /** Largest resident size of a process that loads the bundle and encodes one clip. */
  peakMegabytes: number;
  rounds: number;
  load: number;
}

/**
 * Measures one bundle in this process, which must be fresh: its peak memory is the first clip's.
 * @param secondsWanted how long clip and floor take turns, at least for `fewestRounds`
 */
export async function measure(
  bundleFolder: string,
  secondsWanted: number,
  fewestRounds: number,
): Promise<Measurement> {
  const threads = availableParallelism();
  const kernel = new TimedKernel(loadScanKernel());
  const bundle = await loadBundle(bundleFolder);
  const { video } = bundle.description;
  const engine = await VideoEngine.load(bundle, kernel, { threads });
  const pixels = randomFloats(videoGeometry(video).pixelValues);
  await engine.classify(pixels, 1);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;

  const floor = await Floor.prepare(video, loadScanKernel(), { threads });
  await floor.run();
  const rounds: Round[] = [];
  const begin = performance.now();
  while (rounds.length < fewestRounds || performance.now() - begin < 1000 * secondsWanted) {
    kernel.reset();
    const clip = await timed(() => engine.classify(pixels, 1));
    rounds.push({
      clip,
      operandsMs: kernel.operandsMs,
      scanMs: kernel.scanMs,
      floor: await timed(() => floor.run()),
    });
  }
  await floor.close();
  await engine.close();

  const clipMs = median(rounds.map(({ clip }) => clip.wallMs));
  const scanMs = median(rounds.map((round) => round.scanMs));
  const operandsMs = median(rounds.map((round) => round.operandsMs));
  const inOnnx = clipMs - scanMs - operandsMs;
  const gemmMs = inOnnx * (await profiledGemmShare(bundleFolder, pixels));
  return {
    clipMs,
    scanMs,
    operandsMs,
    gemmMs,
    otherMs: inOnnx - gemmMs,
    floorMs: median(rounds.map(({ floor }) => floor.wallMs)),
    overFloor: median(rounds.map(({ clip, floor }) => clip.wallMs / floor.wallMs)),
    overFloorInProcessorTime: median(rounds.map(({ clip, floor }) => clip.processorMs / floor.processorMs)),
    peakMegabytes,
    rounds: rounds.length,
    load: loadavg()[0]!,
  };
}

interface Elapsed {
  wallMs: number;
  /** Of all threads. */
  processorMs: number;
}

interface Round {
  clip: Elapsed;
  operandsMs: number;
  scanMs: number;
  floor: Elapsed;
}

async function timed(work: () => Promise<unknown>): Promise<Elapsed> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wallMs, processorMs: (user + system) / 1000 };
}

/** The profiler slows the clip, so it gets one of its own. */
async function profiledGemmShare(bundleFolder: string, pixels: Float32Array): Promise<number> {
  const profileFolder = await mkdtemp(join(tmpdir(), 'videre-profile-'));
  try {
    const bundle = await loadBundle(bundleFolder);
    const engine = await VideoEngine.load(bundle, loadScanKernel(), {
      threads: availableParallelism(),
      profileFolder,
    });
    await engine.classify(pixels, 1);
    await engine.close();
    return await gemmShare(profileFolder);
  } finally {
    await rm(profileFolder, { recursive: true });
  }
}
