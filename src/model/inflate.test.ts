import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflatePatchKernel } from './inflate.js';

const kernel = Float32Array.of(1, 2, 3, 4, 10, 20, 30, 40); // two planes of 2 x 2

describe('inflatePatchKernel', () => {
  it('puts the image kernel at the middle frame, or at every frame in shares', () => {
    const zeros = [0, 0, 0, 0];
    expect([...inflatePatchKernel(kernel, 2, 4, 3, 'center')]).toEqual([
      ...[...zeros, 1, 2, 3, 4, ...zeros],
      ...[...zeros, 10, 20, 30, 40, ...zeros],
    ]);
    // Of an even number of frames, the later middle one: time_dim // 2.
    expect([...inflatePatchKernel(kernel, 2, 4, 2, 'center').subarray(0, 8)]).toEqual([...zeros, 1, 2, 3, 4]);
    expect([...inflatePatchKernel(kernel, 2, 4, 2, 'repeat')]).toEqual([
      ...[0.5, 1, 1.5, 2, 0.5, 1, 1.5, 2],
      ...[5, 10, 15, 20, 5, 10, 15, 20],
    ]);
  });

  it('gives a still video what its image gave: the sum over frames is the image kernel', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom('center' as const, 'repeat' as const),
        (tubelet, mode) => {
          const tube = inflatePatchKernel(kernel, 2, 4, tubelet, mode);
          for (let plane = 0; plane < 2; plane++) {
            for (let pixel = 0; pixel < 4; pixel++) {
              let sum = 0;
              for (let frame = 0; frame < tubelet; frame++)
                sum += tube[(plane * tubelet + frame) * 4 + pixel]!;
              expect(sum).toBeCloseTo(kernel[plane * 4 + pixel]!, 4);
            }
          }
        },
      ),
    );
  });
});
