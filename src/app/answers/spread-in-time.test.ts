import fc from 'fast-check';
import { expect, it } from 'vitest';
import { spreadInTime } from './spread-in-time.js';

function clips(scores: readonly number[]) {
  return scores.map((score, position) => ({
    startSeconds: position * 2,
    endSeconds: position * 2 + 4,
    score,
  }));
}

it('takes the best, and looks into every part of the video besides', () => {
  // One event near the start fits best; the end fits least.
  const video = clips([0.1, 0.9, 0.85, 0.5, 0.2, 0.2, 0.2, 0.2, 0.1, 0.05]);
  const starts = spreadInTime(video, 4).map(({ startSeconds }) => startSeconds);
  expect(starts[0]).toBe(2);
  expect(Math.max(...starts)).toBeGreaterThanOrEqual(10);
});

it('takes no clip twice, none that is not there, no more than asked for, best first', () => {
  const scores = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 30 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 8 }), (given, limit) => {
      const video = clips(given);
      const chosen = spreadInTime(video, limit);
      expect(chosen.length).toBeLessThanOrEqual(limit);
      expect(chosen.length > 0).toBe(video.length > 0);
      expect(new Set(chosen).size).toBe(chosen.length);
      expect(chosen.every((clip) => video.includes(clip))).toBe(true);
      expect(chosen).toEqual([...chosen].sort((left, right) => right.score - left.score));
    }),
  );
});
