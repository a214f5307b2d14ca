import { describe, expect, it } from 'vitest';
import { cellMeans } from './cell-means.js';

describe('cellMeans', () => {
  it('takes the mean of each cell of a grid that divides evenly', () => {
    // Two times of 2 x 4 tokens, cut into 1 x 1 x 2 cells: the left and the right half over all of time.
    const means = cellMeans([2, 2, 4], [1, 1, 2]);
    const left = [1, 1, 0, 0];
    expect([...means.slice(0, 16)]).toEqual([...left, ...left, ...left, ...left].map((inside) => inside / 8));
    expect([...means.slice(16)]).toEqual([...means.slice(0, 16)].reverse());
  });

  it('lets cells share a border where the grid does not divide evenly, as adaptive pooling does', () => {
    // 7 columns in 4 cells: PyTorch pools 0-1, 1-3, 3-5, 5-6.
    const means = cellMeans([1, 1, 7], [1, 1, 4]);
    const members = Array.from({ length: 4 }, (_, cell) =>
      [...means.subarray(cell * 7, (cell + 1) * 7)].flatMap((weight, column) => (weight > 0 ? [column] : [])),
    );
    expect(members).toEqual([
      [0, 1],
      [1, 2, 3],
      [3, 4, 5],
      [5, 6],
    ]);
  });

  it('gives every cell weights that sum to one', () => {
    const means = cellMeans([8, 7, 7], [2, 4, 4]);
    for (let cell = 0; cell < 32; cell++) {
      const sum = means.subarray(cell * 392, (cell + 1) * 392).reduce((total, weight) => total + weight, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
  });
});
