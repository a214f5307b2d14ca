import { describe, expect, it } from 'vitest';
import { alignmentP, duplicateCaptionP, duplicateGroups } from './alignment.js';
import { permutation, seededRandom } from './random.js';
import type { ScoreMatrix } from './score-matrix.js';
import { duplicateCaptionBound, selfCheck } from './self-check.js';

const SIZE = 120;
const diagonal = Int32Array.from({ length: SIZE }, (_, item) => item);

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Two models of one data set: what they see in common, and each its own noise. True pairs score higher in both. */
function twoModels(seed: number, common = 0.5): [ScoreMatrix, ScoreMatrix] {
  const random = seededRandom(seed);
  const shared = Float32Array.from({ length: SIZE * SIZE }, () => gaussian(random));
  const model = (): ScoreMatrix => {
    const values = shared.map((value, cell) => {
      const pair = Math.floor(cell / SIZE) === cell % SIZE ? 3 : 0;
      return pair + common * value + gaussian(random);
    });
    return { texts: SIZE, videos: SIZE, values };
  };
  return [model(), model()];
}

/** The same items in another order, text i still beside video i: the diagonal stays bright. */
function reordered({ values }: ScoreMatrix, rows: Int32Array, columns: Int32Array): ScoreMatrix {
  const moved = Float32Array.from(
    values,
    (_, cell) => values[rows[Math.floor(cell / SIZE)]! * SIZE + columns[cell % SIZE]!]!,
  );
  return { texts: SIZE, videos: SIZE, values: moved };
}

describe('the permuted-gallery test', () => {
  it('does not flag matrices in the same order, and catches those that are not, 20 of 20 times each', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [first, second] = twoModels(seed);
      expect(alignmentP(first, second, diagonal, seed)).toBeLessThanOrEqual(0.01);
      const order = permutation(SIZE, seededRandom(1000 + seed));
      const misaligned = reordered(second, order, order);
      expect(alignmentP(first, misaligned, diagonal, seed)).toBeGreaterThan(0.01);
    }
  });

  it('is not deceived by the diagonal, which lines up whatever the order', () => {
    const bright = (seed: number): ScoreMatrix => twoModels(seed, 0)[0];
    const ps = Array.from({ length: 20 }, (_, seed) =>
      alignmentP(bright(seed + 1), bright(seed + 500), diagonal, seed),
    );
    // Models that share nothing but the truth: p is as good as drawn by lot.
    expect(ps.filter((p) => p <= 0.01).length).toBeLessThanOrEqual(1);
    expect(ps.reduce((sum, p) => sum + p, 0) / ps.length).toBeGreaterThan(0.3);
  });
});

describe('the duplicate-caption test', () => {
  const captions = Array.from({ length: SIZE }, (_, text) => `caption ${text < 6 ? text % 3 : text}`);
  const [base] = twoModels(7);
  // A model gives equal texts equal scores.
  const scores = {
    ...base,
    values: base.values.map((value, cell) => {
      const [text, video] = [Math.floor(cell / SIZE), cell % SIZE];
      return text < 6 ? base.values[(text % 3) * SIZE + video]! : value;
    }),
  };

  it('passes rows in the order of their captions and catches any other', () => {
    expect(duplicateCaptionP(scores, captions, 1)).toBeLessThanOrEqual(0.01);
    const order = permutation(SIZE, seededRandom(3));
    expect(duplicateCaptionP(reordered(scores, order, diagonal), captions, 1)).toBeGreaterThan(0.01);
  });

  it('has nothing to say without equal captions', () => {
    expect(
      duplicateCaptionP(
        scores,
        captions.map((_, text) => `${text}`),
        1,
      ),
    ).toBeUndefined();
  });

  it('knows the most that R@1 can be', () => {
    expect(duplicateGroups(captions)).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(duplicateCaptionBound(captions, diagonal)).toBeCloseTo((100 * (SIZE - 3)) / SIZE);
    // Equal captions of one video lose nothing.
    expect(duplicateCaptionBound(['a', 'A ', 'b'], Int32Array.of(0, 0, 1))).toBe(100);
  });
});

describe('the self-check', () => {
  const check = (scores: ScoreMatrix, pairs: Parameters<typeof selfCheck>[0]['pairs'] = []) =>
    selfCheck({ scores, videoOfText: diagonal, captions: undefined, pairs, bounds: [], seed: 1 });

  it('flags a misaligned pair and lets a correct one pass', () => {
    const [first, second] = twoModels(11);
    const pair = (other: ScoreMatrix) => ({ name: 'B', first, second: other, videoOfText: diagonal });
    expect(check(first, [pair(second)])).toMatchObject({ flagged: false, warnings: [] });
    const order = permutation(SIZE, seededRandom(4));
    const caught = check(first, [pair(reordered(second, order, order))]);
    expect(caught.flagged).toBe(true);
    expect(caught.alignmentP).toBeGreaterThan(0.01);
    expect(caught.warnings[0]).toContain('B');
  });

  it('falls to chance with shuffled labels, and notices scores whose ties do not', () => {
    expect(check(twoModels(12)[0]).shuffledR1).toBeLessThan(3);
    const tied = check({ texts: SIZE, videos: SIZE, values: new Float32Array(SIZE * SIZE) });
    expect(tied).toMatchObject({ flagged: true, shuffledR1: 100 });
  });

  it('warns of a result above its own upper bound', () => {
    const { warnings } = selfCheck({
      scores: twoModels(13)[0],
      videoOfText: diagonal,
      captions: undefined,
      pairs: [],
      bounds: [
        { name: 'itm.t2v.r1', value: 60, bound: 55.5, why: 'candidates' },
        { name: 'fine', value: 50, bound: 50, why: 'equal is possible' },
      ],
      seed: 1,
    });
    expect(warnings).toEqual([
      expect.stringContaining('itm.t2v.r1 is 60.00 %, above its upper bound of 55.50 %'),
    ]);
  });
});
