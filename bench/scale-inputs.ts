import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import hnswlib from 'hnswlib-node';
import { REPORT_TIMESTAMPS } from '../src/adapters/media-ffmpeg/timestamp-report.js';
import { SURVEY_EDGE } from '../src/ports/media-reader.js';
import { median } from './median.js';
import { DIMENSION } from './search/bundle.js';
import { playgroundVectors } from './search/playground-vectors.js';
import { SyntheticVectors } from './search/synthetic-vectors.js';

const SECONDS = 60;
const FRAME_RATE = 30;
const ROUNDS = 3;
/** Of an encoder that takes eight frames of a clip of four seconds: every fifteenth of thirty a second. */
const EVERY = 15;
/** As people upload: H.264 with B-frames and CABAC, at the rates a screen of this height usually has. */
const SIZES = [
  { width: 640, height: 360, bitsPerSecond: 800_000 },
  { width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { width: 1920, height: 1080, bitsPerSecond: 5_000_000 },
];
const INSERTED = 500;

/**
 * What the plan needs of one core and no other benchmark measures: the time to decode a second of video, both passes as an
 * ingest makes them, and the time to add a vector to a graph.
 *
 *   npm run bench -- scale-inputs [--graph FILE.hnsw] [--cache FOLDER] [--json]
 *
 * `--graph` is the index file of a library of synthetic clips, as the benchmark `search` builds them.
 */
export async function measureScaleInputs(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      graph: { type: 'string' },
      cache: { type: 'string', default: join(homedir(), '.cache', 'videre', 'bench') },
    },
  });
  const results = await measureDecoding();
  if (values.graph !== undefined) {
    await mkdir(values.cache, { recursive: true });
    Object.assign(results, await measureInserting(values.graph, values.cache));
  }
  for (const [name, value] of Object.entries(results))
    process.stdout.write(`${name.padEnd(44)} ${value.toPrecision(4)}\n`);
  return results;
}

async function measureDecoding(): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-decode-'));
  try {
    const results: Record<string, number> = {};
    for (const { width, height, bitsPerSecond } of SIZES) {
      const path = join(folder, `${height}.mp4`);
      makeVideo(path, width, height, bitsPerSecond);
      const survey = [REPORT_TIMESTAMPS, `scale=${SURVEY_EDGE}:${SURVEY_EDGE}:flags=area`, 'format=rgb24'];
      const asStored = [`scale=${width}:${height}:flags=bicubic`, 'format=rgb24'];
      const frames = [`select='not(mod(n,${EVERY}))'`, REPORT_TIMESTAMPS, ...asStored];
      const [surveyShare, framesShare] = [decodingShare(path, survey), decodingShare(path, frames)];
      results[`decode.${height}p.survey_core_s_per_s`] = surveyShare;
      results[`decode.${height}p.frames_core_s_per_s`] = framesShare;
      results[`decode.${height}p.core_s_per_s`] = surveyShare + framesShare;
    }
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A third each: edges that move, slow detail, and noise that compresses badly. */
function makeVideo(path: string, width: number, height: number, bitsPerSecond: number): void {
  const sources = ['testsrc2', 'mandelbrot', 'life=mold=10:life_color=#C83232:death_color=#3232C8'];
  const inputs = sources.flatMap((source) => {
    const separator = source.includes('=') ? ':' : '=';
    return [
      '-f',
      'lavfi',
      '-t',
      String(SECONDS / 3),
      '-i',
      `${source}${separator}s=${width}x${height}:r=${FRAME_RATE}`,
    ];
  });
  const alike = sources.map((_, order) => `[${order}]format=yuv420p,setsar=1[v${order}]`).join(';');
  const joined = `${sources.map((_, order) => `[v${order}]`).join('')}concat=n=${sources.length}[out]`;
  const coding = ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', String(bitsPerSecond)];
  ffmpeg([...inputs, '-filter_complex', `${alike};${joined}`, '-map', '[out]', ...coding, path]);
}

/** Processor seconds a second of video takes in one thread, as ffmpeg counts them. */
function decodingShare(path: string, filters: readonly string[]): number {
  const output = [
    '-vf',
    filters.join(','),
    '-vsync',
    'passthrough',
    '-threads',
    '1',
    '-f',
    'rawvideo',
    'pipe:1',
  ];
  const seconds = Array.from({ length: ROUNDS }, () => {
    const report = ffmpeg(['-benchmark', '-filter_threads', '1', '-threads', '1', '-i', path, ...output]);
    const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(report)!;
    return Number(user) + Number(system);
  });
  return median(seconds) / SECONDS;
}

function ffmpeg(args: readonly string[]): string {
  // The fourth is where timestamps are written.
  const stdio = ['ignore', 'ignore', 'pipe', 'ignore'] as const;
  const run = spawnSync('ffmpeg', ['-nostdin', '-hide_banner', '-y', ...args], {
    stdio: [...stdio],
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`ffmpeg ended with ${run.status}: ${run.stderr}`);
  return run.stderr;
}

/** Adds to the graph of a file, in memory only. */
async function measureInserting(path: string, cacheFolder: string): Promise<Record<string, number>> {
  if (!existsSync(path)) throw new Error(`There is no index file ${path}.`);
  const { clips } = await playgroundVectors(join(cacheFolder, 'playground'));
  const vectors = new SyntheticVectors(clips, DIMENSION, 1);
  const graph = new hnswlib.HierarchicalNSW('ip', DIMENSION);
  await graph.readIndex(path, true);
  const size = graph.getCurrentCount();
  graph.resizeIndex(size + INSERTED);
  const times = Array.from({ length: INSERTED }, (_, order) => {
    const vector = Array.from(vectors.at(size + order));
    const start = performance.now();
    // Labels of clips are positive and smaller.
    graph.addPoint(vector, 1_000_000_000 + order);
    return (performance.now() - start) / 1000;
  });
  return {
    'index.insert.graph_size': size,
    'index.insert.core_s': times.reduce((sum, time) => sum + time, 0) / times.length,
  };
}
