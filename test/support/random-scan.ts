import type { ScanDirection, ScanInput, ScanShape } from '../../src/model/selective-scan.js';
import { seededRandom } from './seeded-random.js';

export interface RandomScanOptions {
  directions?: 'forward' | 'backward' | 'both';
  gate?: boolean;
  /** Floats between the rows of B, C and z that belong to nobody. */
  gap?: number;
  /** delta + bias is uniform in this range; softplus(-7 .. 0) is what trained models have. */
  delta?: readonly [number, number];
  seed?: number;
}

/** Operands of one scan, reproducible. What lies between the rows is NaN, so that reading it shows. */
export function randomScan(shape: ScanShape, options: RandomScanOptions = {}): ScanInput {
  const { directions = 'both', gate = true, gap = 0, delta = [-7, 0], seed = 1 } = options;
  const random = seededRandom(seed);
  const { channels, states } = shape;
  const rows = shape.batch * shape.length;
  const uniform = (count: number, low: number, high: number) =>
    Float32Array.from({ length: count }, () => low + (high - low) * random());
  const strided = (width: number, low: number, high: number) => {
    const padded = new Float32Array((rows - 1) * (width + gap) + width).fill(Number.NaN);
    for (let row = 0; row < rows; row++) padded.set(uniform(width, low, high), row * (width + gap));
    return padded;
  };
  const direction = (): ScanDirection => ({
    u: uniform(rows * channels, -1, 1),
    delta: uniform(rows * channels, delta[0] + 1, delta[1] - 1),
    A: uniform(channels * states, Math.log(0.5), Math.log(20)).map((log) => -Math.exp(log)),
    B: strided(states, -1, 1),
    C: strided(states, -1, 1),
    bcStride: states + gap,
    D: uniform(channels, -1, 1),
    deltaBias: uniform(channels, -1, 1),
  });
  return {
    ...(directions !== 'backward' && { forward: direction() }),
    ...(directions !== 'forward' && { backward: direction() }),
    ...(gate && { z: strided(channels, -4, 4), zStride: channels + gap }),
  };
}

/** Largest absolute difference over largest absolute expected value; NaN anywhere gives NaN. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  }
  return difference / magnitude;
}
