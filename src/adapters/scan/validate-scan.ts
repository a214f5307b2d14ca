import type { ScanDirection, ScanInput, ScanShape } from '../../model/selective-scan.js';
import { operandChecks } from './operand-checks.js';

/**
 * Checks everything a scan kernel takes for granted.
 * @throws AppError `invalid-input` naming the operand that does not fit the shape.
 */
export function validateScan(shape: ScanShape, input: ScanInput, out: Float32Array): void {
  const describe = `B=${shape.batch} L=${shape.length} E=${shape.channels} N=${shape.states}`;
  const { requireSize, requireFloats, reject } = operandChecks(
    { title: 'Selective scan', op: 'selectiveScan', shape, describe },
    { out },
  );

  for (const name of ['batch', 'length', 'channels', 'states'] as const) requireSize(name, shape[name], 1);
  const { channels, states } = shape;
  const rows = shape.batch * shape.length;
  /** The last row need not be followed by a gap. */
  const stridedFloats = (stride: number, width: number) => (rows - 1) * stride + width;

  const requireDirection = (name: string, direction: ScanDirection): void => {
    const bcStride = requireSize(`${name}.bcStride`, direction.bcStride, states);
    requireFloats(`${name}.u`, direction.u, rows * channels);
    if (direction.deltaProjection === undefined) {
      requireFloats(`${name}.delta`, direction.delta, rows * channels);
    } else {
      const rank = requireSize(`${name}.deltaRank`, direction.deltaRank, 1);
      requireSize(`${name}.bcStride`, direction.bcStride, rank);
      requireFloats(`${name}.deltaProjection`, direction.deltaProjection, rank * channels);
      requireFloats(`${name}.delta`, direction.delta, stridedFloats(bcStride, rank));
    }
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
