import { AppError } from '../../domain/errors.js';
import type { ScanDirection, ScanInput, ScanShape } from '../../model/selective-scan.js';

/**
 * Checks everything a scan kernel takes for granted.
 * @throws AppError `invalid-input` naming the operand that does not fit the shape.
 */
export function validateScan(shape: ScanShape, input: ScanInput, out: Float32Array): void {
  const describe = `B=${shape.batch} L=${shape.length} E=${shape.channels} N=${shape.states}`;
  const reject = (operand: string, expected: string, actual: unknown): never => {
    throw new AppError(
      'invalid-input',
      `Selective scan: ${operand} must be ${expected}, not ${actual} (${describe}).`,
      {
        details: { op: 'selectiveScan', operand, expected, actual, shape: { ...shape } },
      },
    );
  };
  const requireSize = (operand: string, value: unknown, smallest: number): number =>
    Number.isSafeInteger(value) && (value as number) >= smallest
      ? (value as number)
      : reject(operand, `a whole number of at least ${smallest}`, value);
  const requireFloats = (operand: string, value: unknown, count: number): void => {
    if (!(value instanceof Float32Array)) reject(operand, 'a Float32Array', typeof value);
    else if (value.length < count) reject(operand, `${count} floats or more`, value.length);
    else if (operand !== 'out' && overlap(value, out)) reject(operand, 'apart from out', 'overlapping it');
  };

  for (const name of ['batch', 'length', 'channels', 'states'] as const) requireSize(name, shape[name], 1);
  const { channels, states } = shape;
  const rows = shape.batch * shape.length;
  /** The last row need not be followed by a gap. */
  const stridedFloats = (stride: number, width: number) => (rows - 1) * stride + width;

  const requireDirection = (name: string, direction: ScanDirection): void => {
    const bcStride = requireSize(`${name}.bcStride`, direction.bcStride, states);
    requireFloats(`${name}.u`, direction.u, rows * channels);
    requireFloats(`${name}.delta`, direction.delta, rows * channels);
    requireFloats(`${name}.A`, direction.A, channels * states);
    requireFloats(`${name}.B`, direction.B, stridedFloats(bcStride, states));
    requireFloats(`${name}.C`, direction.C, stridedFloats(bcStride, states));
    requireFloats(`${name}.D`, direction.D, channels);
    requireFloats(`${name}.deltaBias`, direction.deltaBias, channels);
  };

  requireFloats('out', out, rows * channels);
  if (input.forward === undefined && input.backward === undefined) {
    reject('input', 'a forward or a backward direction or both', 'neither');
  }
  if (input.forward !== undefined) requireDirection('forward', input.forward);
  if (input.backward !== undefined) requireDirection('backward', input.backward);
  if (input.z !== undefined) {
    const zStride = requireSize('zStride', input.zStride, channels);
    requireFloats('z', input.z, stridedFloats(zStride, channels));
  }
}

function overlap(a: Float32Array, b: Float32Array): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}
