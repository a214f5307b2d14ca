import { AppError } from '../domain/errors.js';
import type { Embedding } from '../ports/encoders.js';

/**
 * The same vector, checked: an index takes any numbers, and one NaN makes every later ranking wrong without a word.
 * @throws AppError `internal` when a value is not finite or all are zero.
 */
export function usableEmbedding(vector: Embedding, source: string): Embedding {
  const position = vector.findIndex((value) => !Number.isFinite(value));
  if (position >= 0) {
    throw new AppError(
      'internal',
      `The model's vector for ${source} holds ${vector[position]} at position ${position}; every value must be finite.`,
      { hint: 'The weights of the bundle are probably damaged: fetch or import it again.' },
    );
  }
  if (vector.every((value) => value === 0)) {
    throw new AppError(
      'internal',
      `The model's vector for ${source} is zero; it can be compared to nothing.`,
      {
        hint: 'The weights of the bundle are probably damaged: fetch or import it again.',
      },
    );
  }
  return vector;
}
