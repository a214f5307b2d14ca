import { describe, expect, it } from 'vitest';
import { compareLevels, compareRelative } from './comparison.js';

const named = { case: 'case', tensor: 'tensor' };

describe('compareRelative', () => {
  it('divides the largest difference by the largest expected value', () => {
    const { error, passed } = compareRelative(named, Float32Array.of(1, -3, 10), Float32Array.of(1, -4, 10));
    expect(error).toBeCloseTo(0.1);
    expect(passed).toBe(false);
  });

  it('never passes what is not a number, wherever it stands', () => {
    for (const actual of [
      [Number.NaN, 1],
      [1, Number.NaN],
    ]) {
      expect(compareRelative(named, Float32Array.from(actual), Float32Array.of(1, 1)).passed).toBe(false);
    }
  });

  it('leaves out the positions that do not count', () => {
    const odd = (position: number) => position % 2 === 1;
    expect(compareRelative(named, Float32Array.of(9, 1), Float32Array.of(0, 1), odd).passed).toBe(true);
  });

  it('fails another number of values, and anything but zero where zero is expected', () => {
    expect(compareRelative(named, Float32Array.of(1), Float32Array.of(1, 1)).passed).toBe(false);
    expect(compareRelative(named, Float32Array.of(1e-9), Float32Array.of(0)).passed).toBe(false);
    expect(compareRelative(named, Float32Array.of(0), Float32Array.of(0)).passed).toBe(true);
  });
});

describe('compareLevels', () => {
  it('allows one level of 255 and no more', () => {
    expect(compareLevels(named, Uint8Array.of(10), Uint8Array.of(11)).passed).toBe(true);
    expect(compareLevels(named, Uint8Array.of(10), Uint8Array.of(12)).passed).toBe(false);
  });
});
