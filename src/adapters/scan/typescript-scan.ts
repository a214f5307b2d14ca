import type { BlockKernel } from '../../model/scan-operands.js';
import type { ScanDirection, ScanInput, ScanShape } from '../../model/selective-scan.js';
import { makeOperandsInTypescript } from './typescript-operands.js';
import { validateScan } from './validate-scan.js';

/**
 * The scan as the definition reads, in double precision: the oracle of the other kernels, and what serves on a machine
 * without a compiler. 90 times slower than the AVX-512 kernel on one core, measured.
 */
export const typescriptScan: BlockKernel = {
  name: 'typescript',
  // Unknown without the addon.
  int8DotProduct: false,
  makeOperands: makeOperandsInTypescript,
  run(shape, input, out) {
    validateScan(shape, input, out);
    // One channel of one batch row: y_forward + y_backward for each token.
    const y = new Float64Array(shape.length);
    const states = new Float64Array(shape.states);
    for (let b = 0; b < shape.batch; b++) {
      for (let channel = 0; channel < shape.channels; channel++) {
        y.fill(0);
        if (input.forward) accumulate(shape, input.forward, 1, b, channel, states, y);
        if (input.backward) accumulate(shape, input.backward, -1, b, channel, states, y);
        for (let t = 0; t < shape.length; t++) {
          const row = b * shape.length + t;
          out[row * shape.channels + channel] = y[t]! * gateAt(input, row, channel);
        }
      }
    }
  },
};

/** Adds C_t . h_t + D u_t to y_t, in token order (`step` 1) or against it (-1). */
function accumulate(
  shape: ScanShape,
  direction: ScanDirection,
  step: 1 | -1,
  b: number,
  channel: number,
  h: Float64Array,
  y: Float64Array,
): void {
  const { A, B, C, bcStride } = direction;
  const { channels, length, states } = shape;
  const rates = channel * states;
  h.fill(0);
  for (let i = 0; i < length; i++) {
    const t = step === 1 ? i : length - 1 - i;
    const row = b * length + t;
    const u = direction.u[row * channels + channel]!;
    const delta = softplus(deltaAt(direction, row, channel, channels) + direction.deltaBias[channel]!);
    let sum = direction.D[channel]! * u;
    for (let n = 0; n < states; n++) {
      h[n] = Math.exp(delta * A[rates + n]!) * h[n]! + delta * B[row * bcStride + n]! * u;
      sum += C[row * bcStride + n]! * h[n]!;
    }
    y[t]! += sum;
  }
}

function deltaAt(direction: ScanDirection, row: number, channel: number, channels: number): number {
  const { delta, deltaProjection, deltaRank, bcStride } = direction;
  if (deltaProjection === undefined) return delta[row * channels + channel]!;
  let sum = 0;
  for (let r = 0; r < deltaRank!; r++) {
    sum += delta[row * bcStride + r]! * deltaProjection[r * channels + channel]!;
  }
  return sum;
}

/** log(1 + exp(x)) without overflow for large x or cancellation for small x. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function gateAt(input: ScanInput, row: number, channel: number): number {
  if (input.z === undefined) return 1;
  const z = input.z[row * input.zStride! + channel]!;
  return z / (1 + Math.exp(-z));
}
