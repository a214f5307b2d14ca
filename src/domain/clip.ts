import type { TimeRange } from './time-range.js';

/** A stretch of a video that is encoded into one vector. */
export interface Clip extends TimeRange {
  /** Positive, given in the order clips are stored, never used twice. */
  id: number;
  videoId: string;
}

/** How long the windows of a long stretch are, and how far apart they start. */
export interface Windowing {
  windowSeconds: number;
  strideSeconds: number;
}

/** A stretch up to this many windows long stays whole: cutting it would only make two clips that mostly overlap. */
const WHOLE_UP_TO_WINDOWS = 1.5;

/**
 * Cuts a stretch of a video (a shot, or all of it) into what become clips: one if it is short, else windows of equal
 * length that start every `strideSeconds`, the last one moved to end exactly where the stretch ends. Together they
 * cover it.
 */
export function cutIntoWindows(stretch: TimeRange, { windowSeconds, strideSeconds }: Windowing): TimeRange[] {
  const { startSeconds: first, endSeconds: end } = stretch;
  if (end - first <= windowSeconds * WHOLE_UP_TO_WINDOWS) return [{ startSeconds: first, endSeconds: end }];
  const windows: TimeRange[] = [];
  const lastStart = end - windowSeconds;
  // Starts are multiples, not sums, so that hours of strides gather no rounding error.
  for (let position = 0; first + position * strideSeconds < lastStart; position++) {
    const startSeconds = first + position * strideSeconds;
    windows.push({ startSeconds, endSeconds: startSeconds + windowSeconds });
  }
  windows.push({ startSeconds: lastStart, endSeconds: end });
  return windows;
}
