import type { OperandInput, OperandShape, OperandWeights } from '../../src/model/scan-operands.js';
import { seededRandom } from './seeded-random.js';

/** Inputs of one call, reproducible. `gap` floats between the rows of x are NaN, so that reading them shows. */
export function randomOperands(shape: OperandShape, gap = 0, seed = 1): OperandInput {
  const random = seededRandom(seed);
  const { batch, length, channels, taps, projected } = shape;
  const uniform = (count: number, size: number) =>
    Float32Array.from({ length: count }, () => size * (2 * random() - 1));
  const rows = batch * length;
  const xStride = channels + gap;
  const x = new Float32Array((rows - 1) * xStride + channels).fill(Number.NaN);
  for (let row = 0; row < rows; row++) x.set(uniform(channels, 2), row * xStride);
  const weights = (): OperandWeights => ({
    taps: uniform(taps * channels, Math.sqrt(3 / taps)),
    bias: uniform(channels, 0.5),
    projection: uniform(channels * projected, Math.sqrt(3 / channels)),
  });
  return { x, xStride, forward: weights(), backward: weights() };
}
