import { describe, expect, it } from 'vitest';
import { misplacedItems } from './alignment.js';
import { permutation, seededRandom } from './random.js';
import type { ScoreMatrix } from './score-matrix.js';
import { selfCheck } from './self-check.js';

const SIZE = 300;
const diagonal = Int32Array.from({ length: SIZE }, (_, item) => item);

/** Scores of two models that agree, each with noise of its own; the first `moved` items of the second permuted. */
function pair(seed: number, moved: number): [ScoreMatrix, ScoreMatrix] {
  const random = seededRandom(seed);
  const common = Float64Array.from({ length: SIZE * SIZE }, () => random());
  const model = () => common.map((value, cell) => (cell % (SIZE + 1) === 0 ? 2 : 0) + value + 0.5 * random());
  const [first, second] = [model(), model()];
  const inner = permutation(moved, random);
  const order = diagonal.map((item) => (item < moved ? inner[item]! : item));
  const mixed = second.map(
    (_, cell) => second[order[Math.floor(cell / SIZE)]! * SIZE + order[cell % SIZE]!]!,
  );
  return [first, mixed].map((values) => ({ texts: SIZE, videos: SIZE, values })) as [
    ScoreMatrix,
    ScoreMatrix,
  ];
}

const nothing = { videoOfText: diagonal, captions: undefined, pairs: [], bounds: [], seed: 1 };

describe('misplaced items', () => {
  it('are found, and counted about right, when a third of a matrix is in another order', () => {
    const [first, second] = pair(1, SIZE / 3);
    const { share, suspicious } = misplacedItems(first, second, diagonal, 1);
    expect(suspicious).toBe(true);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.47);
    const check = selfCheck({
      ...nothing,
      scores: first,
      pairs: [{ name: 'second', first, second, videoOfText: diagonal }],
    });
    expect(check.flagged).toBe(true);
    expect(check.alignmentP).toBeLessThanOrEqual(0.01);
  });

  it('are not seen where there are none', () => {
    for (let seed = 1; seed <= 5; seed++) {
      expect(misplacedItems(...pair(seed, 0), diagonal, seed)).toMatchObject({ suspicious: false });
    }
  });
});

describe('the self-check of one matrix', () => {
  it('finds nothing wrong with a sound one', () => {
    expect(selfCheck({ ...nothing, scores: pair(1, 0)[0] })).toMatchObject({ flagged: false, warnings: [] });
  });

  it('flags rows in an order that the labels do not know', () => {
    const { values } = pair(1, 0)[0];
    const order = permutation(SIZE, seededRandom(9));
    const shuffled = values.map((_, cell) => values[order[Math.floor(cell / SIZE)]! * SIZE + (cell % SIZE)]!);
    const check = selfCheck({ ...nothing, scores: { texts: SIZE, videos: SIZE, values: shuffled } });
    expect(check.warnings.join()).toContain('chance');
  });

  it('flags a result above its own bound, and says why the bound holds', () => {
    const bounds = [{ name: 'itm.t2v.r1', value: 60, bound: 55, why: 'videos among the best 128' }];
    const check = selfCheck({ ...nothing, scores: pair(1, 0)[0], bounds });
    expect(check.warnings).toEqual([expect.stringContaining('videos among the best 128')]);
  });
});
