/** Vectors in 8 bits a number: a quarter of the room, and known how far off each is. */
export interface Int8Vectors {
  /** float32: [n]. A vector is about its codes times its scale. */
  scales: Float32Array;
  /** float32: [n]. Length of what that leaves out, or a little more: no score is further off than this times the query's length. */
  errors: Float32Array;
  /** [n, dimension] */
  codes: Int8Array;
}

const LARGEST_CODE = 127;
/** More than float32 and the sums before it can round away. */
const ROUNDING = 1 + 2 ** -20;

/** Each vector has a scale of its own, for their lengths differ. @param vectors of one length. */
export function quantizeVectors(vectors: readonly Float32Array[]): Int8Vectors {
  const dimension = vectors[0]?.length ?? 0;
  const scales = new Float32Array(vectors.length);
  const errors = new Float32Array(vectors.length);
  const codes = new Int8Array(vectors.length * dimension);
  vectors.forEach((vector, row) => {
    let largest = 0;
    for (const value of vector) largest = Math.max(largest, Math.abs(value));
    const scale = Math.fround(largest / LARGEST_CODE);
    scales[row] = scale;
    if (scale === 0) {
      errors[row] = largest * Math.sqrt(dimension) * ROUNDING;
      return;
    }
    let missed = 0;
    for (let axis = 0; axis < dimension; axis++) {
      // Rounding the scale down may leave the largest value a hair beyond the last code.
      const code = Math.max(-LARGEST_CODE, Math.min(LARGEST_CODE, Math.round(vector[axis]! / scale)));
      codes[row * dimension + axis] = code;
      missed += (vector[axis]! - code * scale) ** 2;
    }
    errors[row] = Math.sqrt(missed) * ROUNDING;
  });
  return { scales, errors, codes };
}
