import type { ClipFrames } from '../../../ports/encoders.js';

/** A video is looked at `segments` x `crops` times, and the probabilities are averaged. */
export interface ViewPlan {
  /** Times: the same frames apart, each later by a part of the distance between two frames. */
  segments: number;
  /** Squares along the longer side: 1 = the middle one; more are spread from edge to edge. */
  crops: number;
}

/** What VideoMamba's published figures on Kinetics use. */
export const PUBLISHED_VIEWS: ViewPlan = { segments: 4, crops: 3 };

/**
 * Frames of one segment, by the rule of the reference's sparse sampling: frame i begins where i / T of the video is over,
 * and segment s looks (s + 1) / (S + 1) of a step later.
 * @returns `framesPerClip` ascending positions below `frameCount`
 */
export function segmentFrames(
  frameCount: number,
  framesPerClip: number,
  segment: number,
  segments: number,
): number[] {
  const step = (frameCount - 1) / framesPerClip;
  const offset = Math.trunc((step / (segments + 1)) * (segment + 1));
  return Array.from({ length: framesPerClip }, (_, position) =>
    Math.min(roundHalfToEven(step * position) + offset, frameCount - 1),
  );
}

/** As numpy rounds; it decides some frames. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

/**
 * A square as large as the shorter side. (The reference resizes first and crops then; the same square but for the
 * rounding of its edge.)
 */
export function cropSquare({ width, height, frames }: ClipFrames, crop: number, crops: number): ClipFrames {
  const edge = Math.min(width, height);
  const room = Math.max(width, height) - edge;
  const start = Math.trunc(crops === 1 ? room / 2 : (crop * room) / (crops - 1));
  if (room === 0) return { width, height, frames };
  const [left, top] = width > height ? [start, 0] : [0, start];
  const cropped = new Map<Uint8Array, Uint8Array>();
  for (const frame of new Set(frames)) {
    const square = new Uint8Array(edge * edge * 3);
    for (let row = 0; row < edge; row++) {
      const from = ((top + row) * width + left) * 3;
      square.set(frame.subarray(from, from + edge * 3), row * edge * 3);
    }
    cropped.set(frame, square);
  }
  return { width: edge, height: edge, frames: frames.map((frame) => cropped.get(frame)!) };
}

/** The mean over views of the softmax of their logits. */
export function meanProbabilities(views: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(views[0]!.length);
  for (const logits of views) {
    const highest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
    const weights = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (let i = 0; i < mean.length; i++) mean[i]! += weights[i]! / sum / views.length;
  }
  return mean;
}
