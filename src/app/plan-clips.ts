import { cutIntoWindows, type Windowing } from '../domain/clip.js';
import { AppError } from '../domain/errors.js';
import type { TimeRange } from '../domain/time-range.js';
import type { MediaInfo } from '../ports/media-reader.js';
import { wholeOf } from './survey-shots.js';

/**
 * Which frames of a clip the encoder sees, and in which order.
 * @returns `framesPerClip` positions below `frameCount`; a clip with fewer frames repeats some.
 */
export type FrameSampler = (frameCount: number, framesPerClip: number) => readonly number[];

export interface PlannedClip extends TimeRange {
  /** Positions in `MediaInfo.frameTimes`, in the order the encoder sees them. */
  frameIndices: readonly number[];
}

/** A week: a damaged clock must not become a billion windows. */
const MAX_DURATION_SECONDS = 7 * 24 * 3600;
/** 27 hours at a stride of one second; their vectors take 200 MB until they are stored. */
const MAX_CLIPS = 100_000;

/** @throws AppError `media-limit` for a video longer than a week. */
export function assertPlannable({ durationSeconds }: MediaInfo): void {
  if (durationSeconds <= MAX_DURATION_SECONDS) return;
  throw new AppError('media-limit', `The video says it lasts ${Math.round(durationSeconds)} seconds.`, {
    hint: `At most ${MAX_DURATION_SECONDS} (a week) are read: its clock is damaged, or it must be cut into parts.`,
  });
}

/**
 * Cuts a probed video into clips and chooses the frames of each.
 * @param shots stretches that no clip leaves; by default the video is one.
 * @throws AppError `media-limit` for a video longer than a week, or of more clips than are kept in memory.
 */
export function planClips(
  info: MediaInfo,
  windowing: Windowing,
  framesPerClip: number,
  sampleFrames: FrameSampler,
  shots: readonly TimeRange[] = [wholeOf(info)],
): PlannedClip[] {
  assertPlannable(info);
  const planned: PlannedClip[] = [];
  for (const window of shots.flatMap((shot) => cutIntoWindows(shot, windowing))) {
    const first = firstAtOrAfter(info.frameTimes, window.startSeconds);
    const isLast = window.endSeconds >= info.durationSeconds;
    const end = isLast ? info.frameTimes.length : firstAtOrAfter(info.frameTimes, window.endSeconds);
    // A window without a frame of its own shows only what the one before it showed: nothing to add.
    if (end <= first && planned.length > 0) continue;
    const start = Math.min(first, info.frameTimes.length - 1);
    const frameCount = Math.max(1, end - start);
    const frameIndices = sampleFrames(frameCount, framesPerClip).map((position) => start + position);
    planned.push({ ...window, frameIndices });
  }
  if (planned.length > MAX_CLIPS) throw tooManyClips(planned.length, info, windowing);
  return planned;
}

function tooManyClips(clips: number, { durationSeconds }: MediaInfo, { strideSeconds }: Windowing): AppError {
  return new AppError(
    'media-limit',
    `The video makes ${clips} clips: it lasts ${Math.round(durationSeconds)} seconds, and windows start every ${strideSeconds}.`,
    {
      hint: `At most ${MAX_CLIPS} go: let windows start further apart (clips.strideSeconds), or cut the video into parts.`,
    },
  );
}

/** Position of the first of the ascending times that is not before `seconds`; their number if there is none. */
function firstAtOrAfter(times: Float64Array, seconds: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every frame that some clip needs: distinct, ascending, ready for one pass over the file. */
export function framesNeeded(plan: readonly PlannedClip[]): number[] {
  return [...new Set(plan.flatMap((clip) => clip.frameIndices))].sort((left, right) => left - right);
}
