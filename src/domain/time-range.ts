/** A stretch of a video in media seconds, start included, end excluded (but for the end of the video itself). */
export interface TimeRange {
  startSeconds: number;
  endSeconds: number;
}

/** Seconds that two ranges share; 0 when they do not meet. */
export function overlapSeconds(left: TimeRange, right: TimeRange): number {
  const start = Math.max(left.startSeconds, right.startSeconds);
  const end = Math.min(left.endSeconds, right.endSeconds);
  return Math.max(0, end - start);
}

/** Whether two ranges share more than half of the shorter one. */
export function coversMostly(left: TimeRange, right: TimeRange): boolean {
  const shorter = Math.min(left.endSeconds - left.startSeconds, right.endSeconds - right.startSeconds);
  return overlapSeconds(left, right) > shorter / 2;
}
