/**
 * The inner product of a vector and the values of a row that begins at `start`. Four sums at once keep the processor's
 * adders busy: a single one waits for itself. Every index scores with it, so that a clip has one score however it was found.
 */
export function innerProductAt(query: Float32Array, rows: Float32Array, start = 0): number {
  const dimension = query.length;
  const whole = dimension - (dimension % 4);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let axis = 0; axis < whole; axis += 4) {
    first += query[axis]! * rows[start + axis]!;
    second += query[axis + 1]! * rows[start + axis + 1]!;
    third += query[axis + 2]! * rows[start + axis + 2]!;
    fourth += query[axis + 3]! * rows[start + axis + 3]!;
  }
  for (let axis = whole; axis < dimension; axis++) first += query[axis]! * rows[start + axis]!;
  return first + second + third + fourth;
}
