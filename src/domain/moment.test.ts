import { expect, it } from 'vitest';
import { type Moment, withoutOverlaps } from './moment.js';

function moment(videoId: string, startSeconds: number, endSeconds: number, score: number): Moment {
  return { clipId: score, videoId, title: videoId, path: `/${videoId}`, startSeconds, endSeconds, score };
}

it('keeps of windows that mostly overlap only the best', () => {
  const best = moment('a', 4, 12, 9);
  const ranked = [best, moment('a', 5, 13, 8), moment('a', 0, 8, 7), moment('a', 20, 28, 6)];
  // 0-8 shares exactly half of itself with 4-12: that is not more than half.
  expect(withoutOverlaps(ranked)).toEqual([best, ranked[2], ranked[3]]);
});

it('lets moments of other videos be', () => {
  const ranked = [moment('a', 0, 8, 2), moment('b', 0, 8, 1)];
  expect(withoutOverlaps(ranked)).toEqual(ranked);
});

it('measures against what was kept, not against what went', () => {
  const ranked = [moment('a', 0, 8, 3), moment('a', 3, 11, 2), moment('a', 6, 14, 1)];
  expect(withoutOverlaps(ranked)).toEqual([ranked[0], ranked[2]]);
});
