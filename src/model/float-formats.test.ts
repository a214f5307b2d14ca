import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from './float-formats.js';

const allHalves = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

describe('float formats', () => {
  it('decodes known binary16 values', () => {
    const known = new Map([
      [0x0000, 0],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3555, 0.333251953125],
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x7c00, Number.POSITIVE_INFINITY],
      [0xfc00, Number.NEGATIVE_INFINITY],
    ]);
    expect([...float16ToFloat32(Uint16Array.from(known.keys()))]).toEqual([...known.values()]);
    expect(Object.is(float16ToFloat32(Uint16Array.of(0x8000))[0], -0)).toBe(true);
    expect(float16ToFloat32(Uint16Array.of(0x7e01))[0]).toBeNaN();
  });

  it('encodes every binary16 value back to itself', () => {
    const back = float32ToFloat16(float16ToFloat32(allHalves));
    const isNaN16 = (half: number) => (half & 0x7fff) > 0x7c00;
    expect(allHalves.filter((half) => !isNaN16(half) && back[half] !== half)).toHaveLength(0);
  });

  it('rounds to the nearest neighbour, ties to even', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0x7bfe }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (half, share) => {
          const [low, high] = float16ToFloat32(Uint16Array.of(half, half + 1)) as unknown as [number, number];
          const value = Math.fround(low + share * (high - low));
          const middle = (low + high) / 2; // exact in float32: one more bit than binary16
          const even = half % 2 === 0 ? half : half + 1;
          const expected = value < middle ? half : value > middle ? half + 1 : even;
          expect(float32ToFloat16(Float32Array.of(value))[0]).toBe(expected);
          expect(float32ToFloat16(Float32Array.of(-value))[0]).toBe(expected | 0x8000);
        },
      ),
    );
    expect([...float32ToFloat16(Float32Array.of(65519, 65520, 1e30, 2 ** -25, 2 ** -26))]).toEqual([
      0x7bff, 0x7c00, 0x7c00, 0, 0,
    ]);
  });

  it('decodes bfloat16 as the upper half of a float32', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (half) => {
        const bytes = new DataView(new ArrayBuffer(4));
        bytes.setUint16(0, half); // big-endian: the upper half first
        expect(bfloat16ToFloat32(Uint16Array.of(half))[0]).toEqual(bytes.getFloat32(0));
      }),
    );
  });
});
