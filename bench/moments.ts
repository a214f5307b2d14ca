import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnnxTextEncoder } from '../src/adapters/encoder-onnx/onnx-text-encoder.js';
import { OnnxVideoEncoder } from '../src/adapters/encoder-onnx/onnx-video-encoder.js';
import { FfmpegMediaReader } from '../src/adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { innerProduct } from '../src/domain/inner-product.js';
import { overlapSeconds, type TimeRange } from '../src/domain/time-range.js';
import type { ClipWindowing } from '../src/model/bundle.js';
import type { Embedding } from '../src/ports/encoders.js';
import { EncodedFootage } from './moments/encoded-footage.js';
import { type Footage, type Happening, momentsMaterial } from './moments/material.js';

const workerModule = new URL('../src/engine-worker.ts', import.meta.url);
const bundleDirectory = fileURLToPath(new URL('../models/playground', import.meta.url));

const WINDOW_SECONDS = [2, 3, 4];
/** Strides as shares of the window. */
const STRIDE_SHARES = [1 / 4, 1 / 3, 1 / 2, 1];
/** What counts as found: the best clip shares this much of what it and the moment cover together. */
const LEAST_OVERLAP = 0.5;

/**
 * How well moments inside long videos are found with their times, by length of window, stride, and with or without
 * shots. Every caption is asked of all clips of its material; the best one answers.
 *
 *   npm run bench -- moments [--json]
 */
export async function benchmarkMoments(): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-moments-'));
  const encoder = await OnnxVideoEncoder.load({ bundleDirectory, workerModule });
  const textEncoder = await OnnxTextEncoder.load({ bundleDirectory, workerModule });
  const windowings = [true, false].flatMap((shots) =>
    WINDOW_SECONDS.flatMap((windowSeconds) =>
      STRIDE_SHARES.map(
        (share): ClipWindowing => ({ windowSeconds, strideSeconds: windowSeconds * share, shots }),
      ),
    ),
  );
  const results: Record<string, number> = {};
  try {
    const media = new FfmpegMediaReader();
    report(['material', 'shots', 'window', 'stride', 'clips', 'hit@1', 'IoU', 'off by']);
    for (const [name, footage] of Object.entries(await momentsMaterial(folder))) {
      const queries = await textEncoder.encode(footage.flatMap(captionsOf));
      const encoded: EncodedFootage[] = [];
      for (const { path } of footage)
        encoded.push(await EncodedFootage.encode(path, windowings, media, encoder));
      for (const windowing of windowings) {
        const found = measure(footage, encoded, queries, windowing);
        report([name, ...columns(windowing, found)]);
        Object.assign(results, named(name, windowing, found));
      }
    }
  } finally {
    await Promise.all([encoder.close(), textEncoder.close()]);
    await rm(folder, { recursive: true });
  }
  return results;
}

interface Found {
  clips: number;
  /** Percent of the moments whose best clip is theirs. */
  hitAt1: number;
  /** Mean overlap over union of best clip and moment; 0 for another place. */
  overlap: number;
  /** Mean distance of the ends in seconds, of clips that share anything with their moment. */
  boundarySeconds: number;
}

function measure(
  footage: readonly Footage[],
  encoded: readonly EncodedFootage[],
  queries: readonly Embedding[],
  windowing: ClipWindowing,
): Found {
  const clips = encoded.flatMap((each, video) => each.clips(windowing).map((clip) => ({ video, ...clip })));
  const wanted = footage.flatMap(({ happenings }, video) =>
    happenings.map((happening) => ({ video, happening })),
  );
  const overlaps: number[] = [];
  const distances: number[] = [];
  wanted.forEach(({ video, happening }, query) => {
    const best = highest(clips, ({ vector }) => innerProduct(vector, queries[query]!));
    const overlap = best.video === video ? overlapOverUnion(best.clip, happening) : 0;
    overlaps.push(overlap);
    if (overlap > 0) {
      const { startSeconds, endSeconds } = best.clip;
      distances.push(
        (Math.abs(startSeconds - happening.startSeconds) + Math.abs(endSeconds - happening.endSeconds)) / 2,
      );
    }
  });
  return {
    clips: clips.length,
    hitAt1: 100 * mean(overlaps.map((overlap) => (overlap >= LEAST_OVERLAP ? 1 : 0))),
    overlap: mean(overlaps),
    boundarySeconds: mean(distances),
  };
}

function overlapOverUnion(left: TimeRange, right: TimeRange): number {
  const shared = overlapSeconds(left, right);
  const lengths = [left, right].map(({ startSeconds, endSeconds }) => endSeconds - startSeconds);
  return shared / (lengths[0]! + lengths[1]! - shared);
}

function highest<Item>(items: readonly Item[], score: (item: Item) => number): Item {
  const scores = items.map(score);
  return items[scores.indexOf(scores.reduce((best, each) => Math.max(best, each)))]!;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function captionsOf({ happenings }: Footage): string[] {
  return happenings.map(({ caption }: Happening) => caption);
}

function columns({ windowSeconds, strideSeconds, shots }: ClipWindowing, found: Found): string[] {
  return [
    shots ? 'yes' : 'no',
    `${windowSeconds} s`,
    `${strideSeconds.toFixed(2)} s`,
    String(found.clips),
    `${found.hitAt1.toFixed(1)} %`,
    found.overlap.toFixed(3),
    `${found.boundarySeconds.toFixed(2)} s`,
  ];
}

function named(
  name: string,
  { windowSeconds, strideSeconds, shots }: ClipWindowing,
  found: Found,
): Record<string, number> {
  const prefix = `moments.${name}.${shots ? 'shots' : 'plain'}.w${windowSeconds}s${strideSeconds.toFixed(2)}`;
  return {
    [`${prefix}.hit_at_1`]: found.hitAt1,
    [`${prefix}.boundary_s`]: found.boundarySeconds,
    [`${prefix}.clips`]: found.clips,
  };
}

function report([material, ...cells]: readonly string[]): void {
  process.stdout.write(`${material!.padEnd(12)}${cells.map((cell) => cell.padStart(9)).join('')}\n`);
}
