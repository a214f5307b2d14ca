/**
 * Playground evaluation through the whole product path: video file -> ffmpeg -> encoder -> SQLite -> HNSW -> ranking.
 *
 *   npm run eval:playground -- [--json] [--limit N]
 *
 * Text to video on the held-out test set, and the motion pairs twice: as they are, and with the frames of every clip
 * in random order, which shows whether the model reads time or single pictures.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { orderedSampler } from '../src/app/evaluation/frame-orders.js';
import { ingestPaths } from '../src/app/ingest-paths.js';
import type { FrameSampler } from '../src/app/plan-clips.js';
import { MAX_LIMIT } from '../src/app/search/search-request.js';
import { ProgressBar } from '../src/cli/progress-bar.js';
import { errorText } from '../src/cli/report-error.js';
import { resultLine } from '../src/cli/result-line.js';
import { processTerminal } from '../src/cli/terminal.js';
import { openIngest } from '../src/composition/open-ingest.js';
import { openSearch } from '../src/composition/open-search.js';
import { AppError, toAppError } from '../src/domain/errors.js';
import { sampleFrameIndices } from '../src/model/preprocess/sample-frames.js';
import { readRetrievalSet, retrievalOf } from './playground/retrieval-set.js';
import { type Scores, scoreCaption } from './playground/score-caption.js';

const PLAYGROUND = fileURLToPath(new URL('../models/playground', import.meta.url));
const SHUFFLE_SEED = 20_261_124;

interface Captioned {
  file: string;
  caption: string;
}

interface MotionPair {
  kind: string;
  a: Captioned;
  b: Captioned;
}

const terminal = processTerminal();

async function readJson<Shape>(path: string): Promise<Shape> {
  return JSON.parse(await readFile(path, 'utf8')) as Shape;
}

/** Ingests files into a library of their own, and ranks all of it for each caption as a search does. */
async function scoreCaptions(
  files: readonly string[],
  captions: readonly string[],
  sampleFrames: FrameSampler,
): Promise<Scores[]> {
  if (files.length > MAX_LIMIT) {
    throw new AppError('invalid-input', `${files.length} files: a search ranks at most ${MAX_LIMIT}.`);
  }
  const locations = { dataFolder: await mkdtemp(join(tmpdir(), 'videre-eval-')), bundleFolder: PLAYGROUND };
  try {
    await ingestAll(files, await openIngest(locations, sampleFrames));
    const library = await openSearch(locations);
    try {
      const scores: Scores[] = [];
      for (const caption of captions) scores.push(await scoreCaption(library, caption));
      return scores;
    } finally {
      await library.close();
    }
  } finally {
    await rm(locations.dataFolder, { recursive: true });
  }
}

async function ingestAll(
  files: readonly string[],
  library: Awaited<ReturnType<typeof openIngest>>,
): Promise<void> {
  const bar = new ProgressBar(terminal);
  try {
    const { outcomes } = await ingestPaths(files, library, {
      found: (count) => bar.start(count),
      finished: ({ path }) => bar.finish(basename(path)),
    });
    const missing = outcomes.find(({ status }) => status !== 'ingested');
    if (missing !== undefined) {
      // A set that is not complete is not the set: no figure is better than a flattering one.
      const reason = missing.status === 'refused' ? errorText(missing.error) : 'its content is there twice';
      throw new AppError('corrupt-data', `${missing.path} was not ingested: ${reason}`);
    }
  } finally {
    bar.stop();
    await library.close();
  }
}

async function evaluateRetrieval(limit: number): Promise<Record<string, number>> {
  const set = await readRetrievalSet(join(PLAYGROUND, 'test'), limit);
  const captions = set.sentences.map(({ caption }) => caption);
  const { r1, r5, r10 } = retrievalOf(set, await scoreCaptions(set.files, captions, sampleFrameIndices));
  return { 'playground.t2v.r1': r1, 'playground.t2v.r5': r5, 'playground.t2v.r10': r10 };
}

/** For each caption of each pair: does its own clip score higher than the other one? */
async function evaluateMotion(limit: number, sampleFrames: FrameSampler): Promise<Map<string, boolean[]>> {
  const folder = join(PLAYGROUND, 'motion');
  const pairs = (await readJson<{ pairs: MotionPair[] }>(join(folder, 'pairs.json'))).pairs.slice(0, limit);
  const sides = pairs.flatMap(({ a, b }) => [a, b]);
  const scores = await scoreCaptions(
    sides.map(({ file }) => join(folder, file)),
    sides.map(({ caption }) => caption),
    sampleFrames,
  );
  const right = new Map<string, boolean[]>();
  sides.forEach(({ file }, row) => {
    const other = sides[row % 2 === 0 ? row + 1 : row - 1]!.file;
    const scoreOf = (name: string) => scores[row]!.get(basename(name)) ?? Number.NEGATIVE_INFINITY;
    const { kind } = pairs[row >> 1]!;
    right.set(kind, [...(right.get(kind) ?? []), scoreOf(file) > scoreOf(other)]);
  });
  return right;
}

/** The model's own frames in random order, another one for each clip. */
function shuffledSampler(): FrameSampler {
  let clip = 0;
  return (frameCount, framesPerClip) =>
    orderedSampler('shuffled', SHUFFLE_SEED + clip++)(frameCount, framesPerClip);
}

function percent(outcomes: readonly boolean[]): number {
  return (100 * outcomes.filter(Boolean).length) / outcomes.length;
}

function printMotion(title: string, right: Map<string, boolean[]>): void {
  const kinds = [...right].map(([kind, outcomes]) => `${kind} ${percent(outcomes).toFixed(0)}`);
  terminal.line(`${title}: ${percent([...right.values()].flat()).toFixed(1)} %  (${kinds.join(', ')})`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, limit: { type: 'string' } } });
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);
  if (!(limit >= 1)) throw new AppError('invalid-input', `--limit ${values.limit} is no number from 1 up.`);
  if (Number.isFinite(limit)) terminal.line(`Partial run: the first ${limit} videos and pairs alone.`);

  const results = await evaluateRetrieval(limit);
  const recalls = Object.values(results).map((value) => value.toFixed(1));
  terminal.line(`Text to video: R@1 ${recalls[0]}, R@5 ${recalls[1]}, R@10 ${recalls[2]} %`);
  const motion = await evaluateMotion(limit, sampleFrameIndices);
  printMotion('Motion pairs', motion);
  const shuffled = await evaluateMotion(limit, shuffledSampler());
  printMotion('Motion pairs, frames shuffled', shuffled);
  results['playground.motion.accuracy'] = percent([...motion.values()].flat());
  results['playground.motion_shuffled.accuracy'] = percent([...shuffled.values()].flat());
  if (values.json) terminal.line(resultLine(results));
}

try {
  await main();
} catch (thrown) {
  const error = toAppError(thrown);
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = error.exitCode;
}
