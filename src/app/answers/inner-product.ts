import type { Embedding } from '../../ports/encoders.js';

export function innerProduct(left: Embedding, right: Embedding): number {
  return left.reduce((sum, value, position) => sum + value * right[position]!, 0);
}
