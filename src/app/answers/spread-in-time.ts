import { coversMostly, type TimeRange } from '../../domain/time-range.js';

interface Scored extends TimeRange {
  score: number;
}

/**
 * Chooses clips of one video for a question: half of them for how well they fit, the other half so that every part of
 * the video is seen, because "what happens at the end" fits nothing in particular.
 * @returns best first.
 */
export function spreadInTime<Clip extends Scored>(clips: readonly Clip[], limit: number): Clip[] {
  const ranked = [...clips].sort((left, right) => right.score - left.score);
  const chosen: Clip[] = [];
  for (const clip of ranked) {
    if (chosen.length >= Math.ceil(limit / 2)) break;
    if (!chosen.some((other) => coversMostly(other, clip))) chosen.push(clip);
  }
  const end = Math.max(0, ...clips.map(({ endSeconds }) => endSeconds));
  const parts = limit - chosen.length;
  for (let part = 0; part < parts; part++) {
    const range = { startSeconds: (end * part) / parts, endSeconds: (end * (part + 1)) / parts };
    const best = ranked.find((clip) => !chosen.includes(clip) && isMiddleIn(clip, range));
    if (best !== undefined) chosen.push(best);
  }
  return chosen.sort((left, right) => right.score - left.score);
}

function isMiddleIn(clip: TimeRange, { startSeconds, endSeconds }: TimeRange): boolean {
  const middle = (clip.startSeconds + clip.endSeconds) / 2;
  return middle >= startSeconds && middle < endSeconds;
}
