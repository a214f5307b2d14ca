/** Where each cell starts and ends along one axis (PyTorch's adaptive pooling): cells may share a border element. */
function ranges(size: number, cells: number): [start: number, end: number][] {
  return Array.from({ length: cells }, (_, cell) => [
    Math.floor((cell * size) / cells),
    Math.ceil(((cell + 1) * size) / cells),
  ]);
}

/**
 * The matrix [cells, tokens], row-major, that takes tokens of a grid [times, rows, columns] to the mean of each cell, as
 * PyTorch's `adaptive_avg_pool3d` does.
 */
export function cellMeans(
  grid: readonly [times: number, rows: number, columns: number],
  cells: readonly [times: number, rows: number, columns: number],
): Float32Array {
  const [, rows, columns] = grid;
  const tokens = grid[0] * rows * columns;
  const [timeRanges, rowRanges, columnRanges] = grid.map((size, axis) => ranges(size, cells[axis]!));
  const matrix: Float32Array[] = [];
  for (const [firstTime, endTime] of timeRanges!) {
    for (const [firstRow, endRow] of rowRanges!) {
      for (const [firstColumn, endColumn] of columnRanges!) {
        const weights = new Float32Array(tokens);
        const share = 1 / ((endTime - firstTime) * (endRow - firstRow) * (endColumn - firstColumn));
        for (let time = firstTime; time < endTime; time++) {
          for (let row = firstRow; row < endRow; row++) {
            const start = (time * rows + row) * columns;
            weights.fill(share, start + firstColumn, start + endColumn);
          }
        }
        matrix.push(weights);
      }
    }
  }
  const means = new Float32Array(matrix.length * tokens);
  matrix.forEach((weights, cell) => {
    means.set(weights, cell * tokens);
  });
  return means;
}
