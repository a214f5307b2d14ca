import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fuseRanks } from './fuse-ranks.js';

const moments = (...videoIds: string[]) => videoIds.map((videoId, clipId) => ({ videoId, clipId }));
const order = (ranked: { clipId: number }[]) => ranked.map(({ clipId }) => clipId);

it('adds up the reciprocal ranks of both lists', () => {
  // b: 1/62 + 1/61, a: 1/61, c: 1/63 + 1/62, d: 1/64
  expect(order(fuseRanks(moments('a', 'b', 'c', 'd'), ['b', 'c']))).toEqual([1, 2, 0, 3]);
});

it('lets only the best moment of a video profit from its words', () => {
  expect(order(fuseRanks(moments('a', 'b', 'a', 'c', 'a'), ['a']))).toEqual([0, 1, 2, 3, 4]);
});

it('changes nothing where no words were found, and loses or doubles no moment', () => {
  const ids = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 30 });
  fc.assert(
    fc.property(ids, fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'x')), (videoIds, words) => {
      const ranked = moments(...videoIds);
      expect(fuseRanks(ranked, [])).toEqual(ranked);
      expect(order(fuseRanks(ranked, words)).sort((left, right) => left - right)).toEqual(order(ranked));
    }),
  );
});
