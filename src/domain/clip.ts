import type { TimeRange } from './time-range.js';

/** A stretch of a video that is encoded into one vector. */
export interface Clip extends TimeRange {
  /** Positive, given in the order clips are stored, never used twice. */
  id: number;
  videoId: string;
}

/** How long the windows of a long video are, and how far apart they start. */
export interface Windowing {
  windowSeconds: number;
  strideSeconds: number;
}

/** A video up to this many windows long stays whole: cutting it would only make two clips that mostly overlap. */
const WHOLE_UP_TO_WINDOWS = 1.5;

/**
 * Cuts a video into the stretches that become clips: one if it is short, else windows of equal length that start
 * every `strideSeconds`, the last one moved to end exactly where the video ends. Together they cover the video.
 */
export function cutIntoWindows(
  durationSeconds: number,
  { windowSeconds, strideSeconds }: Windowing,
): TimeRange[] {
  if (durationSeconds <= windowSeconds * WHOLE_UP_TO_WINDOWS) {
    return [{ startSeconds: 0, endSeconds: durationSeconds }];
  }
  const windows: TimeRange[] = [];
  const lastStart = durationSeconds - windowSeconds;
  // Starts are multiples, not sums, so that hours of strides gather no rounding error.
  for (let position = 0; position * strideSeconds < lastStart; position++) {
    const startSeconds = position * strideSeconds;
    windows.push({ startSeconds, endSeconds: startSeconds + windowSeconds });
  }
  windows.push({ startSeconds: lastStart, endSeconds: durationSeconds });
  return windows;
}
