import { expect, test } from 'vitest';
import { alignmentP } from './alignment.js';
import { evaluateMatrix } from './evaluate-matrix.js';
import { permutation, seededRandom } from './random.js';
import type { ScoreMatrix } from './score-matrix.js';

const SIZE = 60;
const diagonal = Int32Array.from({ length: SIZE }, (_, item) => item);

/** Two noisy views of the same items, the second in the given order and with -inf outside its candidates. */
function views(order: Int32Array): [ScoreMatrix, ScoreMatrix] {
  const random = seededRandom(5);
  const first = Float64Array.from({ length: SIZE * SIZE }, () => random());
  const second = Float64Array.from(first, (_, index) => {
    const [row, column] = [order[Math.floor(index / SIZE)]!, order[index % SIZE]!];
    const score = first[row * SIZE + column]! + 0.3 * random();
    return row !== column && score < 0.5 ? Number.NEGATIVE_INFINITY : score;
  });
  first[1] = Number.POSITIVE_INFINITY;
  const matrix = (values: Float64Array) => ({ texts: SIZE, videos: SIZE, values });
  return [matrix(first), matrix(second)];
}

test('infinite scores hide no permuted gallery', () => {
  const permuted = permutation(SIZE, seededRandom(9));
  expect(alignmentP(...views(diagonal), diagonal, 3)).toBeLessThan(0.01);
  expect(alignmentP(...views(permuted), diagonal, 3)).toBeGreaterThan(0.01);
});

test('an infinite score and its opposite have no sum to rank', () => {
  const named = (name: string, first: number) => ({
    name,
    scores: { texts: 2, videos: 2, values: Float64Array.of(1, first, 0, 1) },
    textIds: undefined,
    videoIds: undefined,
  });
  const request = { captions: undefined, seed: 1, resamples: 10 };
  const matrix = named('a.npy', Number.POSITIVE_INFINITY);
  const fuse = named('b.npy', Number.NEGATIVE_INFINITY);
  expect(() => evaluateMatrix({ matrix, fuse, ...request })).toThrow(
    expect.objectContaining({ code: 'invalid-input' }),
  );
});
