import { coversMostly, type TimeRange } from './time-range.js';

/** An answer to a search: a stretch of a video and how well it fits. */
export interface Moment extends TimeRange {
  clipId: number;
  videoId: string;
  title: string;
  path: string;
  /** Inner product of the text's and the clip's vector, between -1 and 1; higher is better. */
  score: number;
}

/**
 * Windows of a long video overlap, so one event is found several times. Keeps of every group the best: a moment goes
 * when a better one of the same video covers more than half of the shorter of the two.
 * @param ranked best first; the order is kept.
 */
export function withoutOverlaps(ranked: readonly Moment[]): Moment[] {
  const keptOfVideo = new Map<string, Moment[]>();
  return ranked.filter((moment) => {
    const better = keptOfVideo.get(moment.videoId) ?? [];
    if (better.some((kept) => coversMostly(kept, moment))) return false;
    keptOfVideo.set(moment.videoId, [...better, moment]);
    return true;
  });
}
