import type { OperandInput, OperandOutput, OperandShape } from '../../model/scan-operands.js';
import { operandChecks } from './operand-checks.js';

/**
 * Checks everything a kernel takes for granted when it makes the scan's operands.
 * @throws AppError `invalid-input` naming the operand that does not fit the shape.
 */
export function validateOperands(shape: OperandShape, input: OperandInput, output: OperandOutput): void {
  const { batch, length, channels, taps, projected } = shape;
  const { requireSize, requireFloats } = operandChecks(
    {
      title: 'Scan operands',
      op: 'makeScanOperands',
      shape,
      describe: `B=${batch} L=${length} E=${channels} W=${taps} P=${projected}`,
    },
    {
      'forward.u': output.forward.u,
      'forward.projected': output.forward.projected,
      'backward.u': output.backward.u,
      'backward.projected': output.backward.projected,
    },
  );

  for (const [name, value] of Object.entries({ batch, length, channels, taps, projected })) {
    requireSize(name, value, 1);
  }
  const rows = batch * length;
  const xStride = requireSize('xStride', input.xStride, channels);
  requireFloats('x', input.x, (rows - 1) * xStride + channels);
  for (const name of ['forward', 'backward'] as const) {
    requireFloats(`${name}.taps`, input[name].taps, taps * channels);
    requireFloats(`${name}.bias`, input[name].bias, channels);
    requireFloats(`${name}.projection`, input[name].projection, channels * projected);
    requireFloats(`${name}.u`, output[name].u, rows * channels);
    requireFloats(`${name}.projected`, output[name].projected, rows * projected);
  }
}
