import type { TimeRange } from './time-range.js';

/** A frame beside the one before it. */
export interface FrameChange {
  /** When the frame is shown. */
  timeSeconds: number;
  /** Mean difference of its small picture to that of the frame before, over pixels and colours: 0 to 255. */
  change: number;
}

/** A change below this is noise, or a small thing that moves, however quiet its surroundings are. */
const LEAST_CHANGE = 8;
/** A cut changes at least this many times as much as anything near it: a flash or a fast pan changes much several times. */
const PROMINENCE = 2.5;
/** What is near: this far in time, and at least two frames. So no shot is shorter. */
const REACH_SECONDS = 0.5;
const REACH_FRAMES = 2;

/**
 * Finds the cuts of a video: the frames that begin a new shot. A cut is a change that stands out from all others in a
 * window around it, the sliding-window rule of B.-L. Yeo and B. Liu, "Rapid scene analysis on compressed video", IEEE
 * Transactions on Circuits and Systems for Video Technology 5(6), 1995; ours is a window in time, so that the frame
 * rate may vary. Dissolves and fades are not found: they stay inside a shot, where windows overlap.
 * @param changes of every frame but the first, ascending.
 * @param span of the whole video. A cut keeps `REACH_SECONDS` from both ends.
 * @returns the times of the cuts, ascending, more than `REACH_SECONDS` apart.
 */
export function findCuts(changes: readonly FrameChange[], span: TimeRange): number[] {
  const cuts: number[] = [];
  for (let position = 0; position < changes.length; position++) {
    const { timeSeconds, change } = changes[position]!;
    if (change < LEAST_CHANGE) continue;
    if (timeSeconds - span.startSeconds <= REACH_SECONDS || span.endSeconds - timeSeconds <= REACH_SECONDS)
      continue;
    if (standsOut(changes, position)) cuts.push(timeSeconds);
  }
  return cuts;
}

/**
 * Ends at the first that is too much like it. So a frame is passed on the way to others, on either side, only by changes
 * of which each is `PROMINENCE` times the one before: four or five in all, even where a file that means harm has a million frames near.
 */
function standsOut(changes: readonly FrameChange[], position: number): boolean {
  const { timeSeconds, change } = changes[position]!;
  for (const step of [-1, 1]) {
    for (let frames = 1; ; frames++) {
      const other = changes[position + step * frames];
      if (other === undefined) break;
      if (frames > REACH_FRAMES && Math.abs(other.timeSeconds - timeSeconds) > REACH_SECONDS) break;
      if (change < PROMINENCE * other.change) return false;
    }
  }
  return true;
}

/** The stretches between cuts; together they are the span. */
export function shotsBetween(cuts: readonly number[], { startSeconds, endSeconds }: TimeRange): TimeRange[] {
  const borders = [startSeconds, ...cuts, endSeconds];
  return borders.slice(1).map((end, position) => ({ startSeconds: borders[position]!, endSeconds: end }));
}
