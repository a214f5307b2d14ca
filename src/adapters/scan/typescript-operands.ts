import type {
  DirectionOperands,
  OperandInput,
  OperandOutput,
  OperandShape,
  OperandWeights,
} from '../../model/scan-operands.js';
import { validateOperands } from './validate-operands.js';

/** The scan's operands as the definition reads, in double precision: the oracle of the native kernels. */
export function makeOperandsInTypescript(
  shape: OperandShape,
  input: OperandInput,
  output: OperandOutput,
): void {
  validateOperands(shape, input, output);
  const token = new Float64Array(shape.channels);
  const sums = new Float64Array(shape.projected);
  for (let row = 0; row < shape.batch * shape.length; row++) {
    for (const [name, step] of [
      ['forward', 1],
      ['backward', -1],
    ] as const) {
      convolve(shape, input, input[name], step, row, token);
      project(shape, input[name], token, sums);
      write(shape, output[name], row, token, sums);
    }
  }
}

/** `token` becomes u of `row`; `step` 1 looks at the tokens before it, -1 at those after it. */
function convolve(
  { length, channels, taps: width }: OperandShape,
  { x, xStride }: OperandInput,
  { taps, bias }: OperandWeights,
  step: 1 | -1,
  row: number,
  token: Float64Array,
): void {
  const position = row % length;
  const reach = Math.min(width, step === 1 ? position + 1 : length - position);
  for (let channel = 0; channel < channels; channel++) {
    let sum = bias[channel]!;
    for (let d = 0; d < reach; d++) {
      sum += taps[d * channels + channel]! * x[(row - step * d) * xStride + channel]!;
    }
    token[channel] = sum / (1 + Math.exp(-sum));
  }
}

function project(
  { channels, projected }: OperandShape,
  { projection }: OperandWeights,
  token: Float64Array,
  sums: Float64Array,
): void {
  sums.fill(0);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < projected; i++) sums[i]! += token[channel]! * projection[channel * projected + i]!;
  }
}

function write(
  { channels, projected }: OperandShape,
  { u, projected: to }: DirectionOperands,
  row: number,
  token: Float64Array,
  sums: Float64Array,
): void {
  u.set(token, row * channels);
  to.set(sums, row * projected);
}
