import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resampleSpatialPositions, resampleTemporalPositions } from './position-tables.js';

/** What PyTorch 1.13 answers to `F.interpolate(x, size, mode, align_corners=False)`. */
const grid = [0, 1, 4, 9, 2, -3, 5, 7, 8];
const bicubic5 = [
  -1.0337276458740234, -0.4493103623390198, 0.9040004014968872, 3.3373119831085205, 5.03372859954834,
  4.044193744659424, 2.7508163452148438, 1.028001308441162, 0.5018253922462463, 0.4405445158481598,
  9.672000885009766, 6.643996715545654, 2.000000238418579, -1.5639979839324951, -3.4799997806549072,
  7.398528099060059, 6.534702301025391, 5.13200044631958, 3.8178582191467285, 3.0452184677124023,
  4.341057300567627, 5.6137614250183105, 7.480000972747803, 8.650720596313477, 9.20729923248291,
];
const bicubic2 = [1.88958740234375, 1.7664031982421875, 6.172607421875, 5.395599365234375];
const linear7 = [0, 1.4285714626312256, 5.714285850524902, 10, 3.999999523162842, -2, -4];
const linear2 = [2.5, -0.5];

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 5);
}

describe('resampled position tables', () => {
  it('agree with PyTorch, larger and smaller, the class entry kept', () => {
    const table = Float32Array.of(100, ...grid);
    expectClose(resampleSpatialPositions(table, 1, 3, 5), [100, ...bicubic5]);
    expectClose(resampleSpatialPositions(table, 1, 3, 2), [100, ...bicubic2]);
    expectClose(resampleTemporalPositions(Float32Array.of(0, 10, -4), 1, 3, 7), linear7);
    expectClose(resampleTemporalPositions(Float32Array.of(0, 10, -4), 1, 3, 2), linear2);
  });

  it('treat every channel by itself, and leave constant tables constant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (from, to) => {
        const channels = [-2.5, 0, 7];
        const constant = (count: number) => Array.from({ length: count }, () => channels).flat();
        expectClose(
          resampleSpatialPositions(Float32Array.from(constant(1 + from * from)), 3, from, to),
          constant(1 + to * to),
        );
        expectClose(resampleTemporalPositions(Float32Array.from(constant(from)), 3, from, to), constant(to));
      }),
    );
  });
});
