import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BicubicResizer, type Size } from './resize.js';

/** The definition, sample by sample: every input pixel within reach of the kernel, no tables, no separation. */
function resizeByDefinition(pixels: Uint8Array, input: Size, output: Size, antialias: boolean): number[] {
  const weightsOf = (position: number, from: number, to: number): Map<number, number> => {
    const scale = from / to;
    const stretch = antialias ? Math.max(1, scale) : 1;
    const a = antialias ? -0.5 : -0.75;
    const centre = (position + 0.5) * scale - 0.5;
    const weights = new Map<number, number>();
    for (let i = Math.floor(centre - 2 * stretch) - 1; i <= centre + 2 * stretch + 1; i++) {
      if (antialias && (i < 0 || i >= from)) continue;
      const x = Math.abs(i - centre) / stretch;
      const near = (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
      const far = a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a;
      const inside = Math.min(from - 1, Math.max(0, i));
      weights.set(inside, (weights.get(inside) ?? 0) + (x < 1 ? near : x < 2 ? far : 0));
    }
    const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
    return new Map([...weights].map(([i, weight]) => [i, weight / sum]));
  };
  const values: number[] = [];
  for (let y = 0; y < output.height; y++) {
    const rows = weightsOf(y, input.height, output.height);
    for (let x = 0; x < output.width; x++) {
      const columns = weightsOf(x, input.width, output.width);
      for (let channel = 0; channel < 3; channel++) {
        let value = 0;
        for (const [row, rowWeight] of rows) {
          for (const [column, columnWeight] of columns) {
            value += rowWeight * columnWeight * pixels[(row * input.width + column) * 3 + channel]!;
          }
        }
        values.push(Math.min(255, Math.max(0, Math.round(value))));
      }
    }
  }
  return values;
}

const edge = fc.integer({ min: 1, max: 24 });
const size = fc.record({ width: edge, height: edge });

describe('BicubicResizer', () => {
  it.each([false, true])('agrees with the definition to one level (antialias %s)', (antialias) => {
    fc.assert(
      fc.property(size, size, fc.infiniteStream(fc.nat({ max: 255 })), (input, output, stream) => {
        const pixels = Uint8Array.from(stream.take(input.width * input.height * 3));
        const resized = new BicubicResizer(input, output, antialias).resize(pixels);
        const expected = resizeByDefinition(pixels, input, output, antialias);
        expect(resized).toHaveLength(expected.length);
        resized.forEach((level, i) => {
          expect(Math.abs(level - expected[i]!)).toBeLessThanOrEqual(1);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same answer for every picture, whatever it resized before', () => {
    const input = { width: 40, height: 30 };
    const pictures = [7, 31, 101].map((step) => Uint8Array.from({ length: 3600 }, (_, i) => i * step));
    const resizer = new BicubicResizer(input, { width: 8, height: 8 }, false);
    for (const picture of [...pictures, ...pictures]) {
      const fresh = new BicubicResizer(input, { width: 8, height: 8 }, false).resize(picture);
      expect(resizer.resize(picture)).toEqual(fresh);
    }
  });

  it('refuses pixels of another size, and sizes that are none', () => {
    const resizer = new BicubicResizer({ width: 4, height: 4 }, { width: 2, height: 2 }, false);
    expect(() => resizer.resize(new Uint8Array(47))).toThrow(/48 bytes, not 47/);
    expect(() => new BicubicResizer({ width: 0, height: 4 }, { width: 2, height: 2 }, false)).toThrow(
      /0 x 4/,
    );
  });
});
