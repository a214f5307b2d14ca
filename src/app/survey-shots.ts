import { type FrameChange, findCuts, shotsBetween } from '../domain/shot.js';
import type { TimeRange } from '../domain/time-range.js';
import type { MediaInfo, MediaReader } from '../ports/media-reader.js';

/** The whole of a probed video as one stretch. */
export function wholeOf({ durationSeconds }: MediaInfo): TimeRange {
  return { startSeconds: 0, endSeconds: durationSeconds };
}

/**
 * The shots of a video, found on small pictures of all its frames in one pass over the file.
 * @param onProgress hears the share that was looked at, 0 to 1.
 * @throws AppError what `MediaReader.survey` throws.
 */
export async function surveyShots(
  path: string,
  info: MediaInfo,
  media: MediaReader,
  onProgress?: (share: number) => void,
  signal?: AbortSignal,
): Promise<TimeRange[]> {
  const changes: FrameChange[] = [];
  let before: Uint8Array | undefined;
  for await (const { timeSeconds, pixels } of media.survey(path, info, signal)) {
    if (before !== undefined) changes.push({ timeSeconds, change: meanDifference(before, pixels) });
    before = pixels;
    onProgress?.(Math.min(1, timeSeconds / (info.durationSeconds || 1)));
  }
  return shotsBetween(findCuts(changes, wholeOf(info)), wholeOf(info));
}

function meanDifference(left: Uint8Array, right: Uint8Array): number {
  let sum = 0;
  for (let position = 0; position < left.length; position++)
    sum += Math.abs(left[position]! - right[position]!);
  return sum / left.length;
}
