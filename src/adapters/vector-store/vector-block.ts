/** Vectors of some clips in 8 bits a number, as they lie in memory. Never changes. */
export interface VectorBlock {
  /** Ascending ids, [n]. */
  clipIds: Float64Array;
  /** A vector is about its codes times its scale, [n]. */
  scales: Float32Array;
  /** Length of what that leaves out, [n]. */
  errors: Float32Array;
  /** [n, dimension] */
  codes: Int8Array;
}

/** Where the blocks of a library come from. */
export interface BlockSource {
  /** All blocks as they are now; those that were read before are not read again. */
  blocks(): Promise<readonly VectorBlock[]>;
}

/**
 * The inner product of a query and the codes of a row that begins at `start`; times the row's scale it is about the score.
 * Four sums at once, as in `innerProductAt`.
 */
export function codeProductAt(query: Float32Array, codes: Int8Array, start: number): number {
  const dimension = query.length;
  const whole = dimension - (dimension % 4);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let axis = 0; axis < whole; axis += 4) {
    first += query[axis]! * codes[start + axis]!;
    second += query[axis + 1]! * codes[start + axis + 1]!;
    third += query[axis + 2]! * codes[start + axis + 2]!;
    fourth += query[axis + 3]! * codes[start + axis + 3]!;
  }
  for (let axis = whole; axis < dimension; axis++) first += query[axis]! * codes[start + axis]!;
  return first + second + third + fourth;
}
