import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BestScores } from './best-scores.js';

it('keeps what sorting everything would put first', () => {
  // Few values, so that ties happen.
  const scores = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 0, max: 20 }), fc.array(fc.nat()), (values, limit, shuffle) => {
      const all = values.map((score, order) => ({ id: order + 1, score }));
      const best = new BestScores(limit);
      const offered = [...all].sort(
        (left, right) => (shuffle[left.id] ?? left.id) - (shuffle[right.id] ?? right.id),
      );
      for (const { id, score } of offered) best.offer(id, score);
      const expected = all
        .sort((left, right) => right.score - left.score || left.id - right.id)
        .slice(0, limit);
      expect(best.ranked()).toEqual(expected);
    }),
  );
});
