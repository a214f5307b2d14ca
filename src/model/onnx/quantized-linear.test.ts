import { describe, expect, it } from 'vitest';
import { quantizeRows } from './quantized-linear.js';

describe('quantizeRows', () => {
  it('keeps every weight to half a step of its own row, and lays rows out as columns', () => {
    const w = Float32Array.of(1, -2, 0.013, 0.001, 0.0005, -0.0002);
    const { values, scales } = quantizeRows(w, 2, 3);
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 3; column++) {
        const back = values[column * 2 + row]! * scales[row]!;
        expect(Math.abs(back - w[row * 3 + column]!)).toBeLessThanOrEqual(scales[row]! / 2 + 1e-9);
      }
    }
    expect(scales[0]).toBeCloseTo(2 / 127, 7);
    expect(scales[1]).toBeCloseTo(0.001 / 127, 9);
  });

  it('takes a row of zeros', () => {
    const { values, scales } = quantizeRows(new Float32Array(4), 2, 2);
    expect([...values]).toEqual([0, 0, 0, 0]);
    expect(scales.every((scale) => scale > 0)).toBe(true);
  });
});
