import { expect, it } from 'vitest';
import { ExactIndex } from '../../adapters/index-exact/exact-index.js';
import type { ClipFinder } from '../../ports/clip-finder.js';
import { findMoments } from './find-moments.js';
import { NearestClips } from './nearest-clips.js';

const CLIPS = 2000;

/** Two videos whose clips come by turns. */
const finder: Pick<ClipFinder, 'locate' | 'videoCount'> = {
  videoCount: async () => 2,
  locate: async (clipIds) =>
    clipIds.map((id) => ({
      id,
      videoId: `video ${id % 2}`,
      title: '',
      path: '',
      startSeconds: id,
      endSeconds: id + 1,
    })),
};

it('does not look through whole videos for more videos than there are', async () => {
  const index = new ExactIndex(2);
  await index.add(
    Array.from({ length: CLIPS }, (_, order) => ({
      clipId: order + 1,
      vector: Float32Array.of(1, order / CLIPS),
    })),
  );
  const asked: number[] = [];
  const counting = {
    search: (...[vector, limit, options]: Parameters<ExactIndex['search']>) => {
      asked.push(limit);
      return index.search(vector, limit, options);
    },
  };
  const parts = { index: counting, finder } as unknown as Parameters<typeof NearestClips.open>[0];
  const nearest = await NearestClips.open(parts, Float32Array.of(1, 0.5), {}, false);
  const rules = { filter: {}, groupBy: 'video', lastClipId: CLIPS, except: [] } as const;
  const moments = await findMoments(nearest, parts.finder, rules, 10);
  expect(moments.map(({ videoId }) => videoId).sort()).toEqual(['video 0', 'video 1']);
  expect(Math.max(...asked)).toBeLessThan(100);
});
