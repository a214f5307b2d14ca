import { AppError } from './errors.js';

/**
 * A vector that may enter an index or be asked of it: of the right length, every value a finite number, not all zero.
 * (An index takes NaN without a word and ranks it high.)
 * @throws AppError `invalid-input`.
 */
export function assertUsableVector(vector: Float32Array, dimension: number, name: string): void {
  if (vector.length !== dimension) {
    throw new AppError(
      'invalid-input',
      `${name} has ${vector.length} values; this library takes ${dimension}.`,
    );
  }
  const bad = vector.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) {
    throw new AppError(
      'invalid-input',
      `${name} holds ${vector[bad]} at position ${bad}; only finite numbers go.`,
    );
  }
  if (vector.every((value) => value === 0)) {
    throw new AppError('invalid-input', `${name} is all zeros, which is near to nothing.`);
  }
}
