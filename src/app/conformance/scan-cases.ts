import type { ScanDirection, ScanShape, SelectiveScanKernel } from '../../model/selective-scan.js';
import type { CaseTensors } from './case-tensors.js';
import { type Comparison, compareRelative } from './comparison.js';

/**
 * Runs the scan alone, by `kernel`: forward on the case as it is, and backward on the case reversed in time, whose result
 * must be the expected one reversed.
 */
export function runScanCase(name: string, expected: CaseTensors, kernel: SelectiveScanKernel): Comparison[] {
  const [batch, channels, length] = expected.shape('u', 3) as [number, number, number];
  const [, states] = expected.shape('A', 2) as [number, number];
  const shape: ScanShape = { batch, length, channels, states };
  return (['forward', 'backward'] as const).map((direction) => {
    const isReversed = direction === 'backward';
    const read = (tensor: string, width: number) =>
      toChannelLast(expected.floats(tensor), { batch, width, length }, isReversed);
    const operands: ScanDirection = {
      u: read('u', channels),
      delta: read('delta', channels),
      A: expected.floats('A'),
      B: read('B', states),
      C: read('C', states),
      bcStride: states,
      D: expected.has('D') ? expected.floats('D') : new Float32Array(channels),
      deltaBias: expected.has('delta_bias') ? expected.floats('delta_bias') : new Float32Array(channels),
    };
    const gate = expected.has('z') ? { z: read('z', channels), zStride: channels } : {};
    const out = new Float32Array(batch * length * channels);
    kernel.run(shape, { [direction]: operands, ...gate }, out);
    return compareRelative({ case: name, tensor: `y ${kernel.name} ${direction}` }, out, read('y', channels));
  });
}

/** [B, width, L] -> [B, L, width], the last time step first if `isReversed`. */
function toChannelLast(
  values: Float32Array,
  { batch, width, length }: { batch: number; width: number; length: number },
  isReversed: boolean,
): Float32Array {
  const result = new Float32Array(values.length);
  for (let item = 0; item < batch; item++) {
    for (let channel = 0; channel < width; channel++) {
      for (let time = 0; time < length; time++) {
        const place = isReversed ? length - 1 - time : time;
        result[(item * length + place) * width + channel] = values[(item * width + channel) * length + time]!;
      }
    }
  }
  return result;
}
