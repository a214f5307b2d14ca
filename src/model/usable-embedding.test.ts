import { describe, expect, it } from 'vitest';
import { usableEmbedding } from './usable-embedding.js';

describe('usableEmbedding', () => {
  it('lets a finite vector through as it is', () => {
    const vector = Float32Array.of(0, -0.5, 0);
    expect(usableEmbedding(vector, 'a clip')).toBe(vector);
  });

  it.each([
    ['NaN', [0.1, Number.NaN], /holds NaN at position 1/],
    ['infinite', [Number.NEGATIVE_INFINITY, 0], /holds -Infinity at position 0/],
    ['all zero', [0, -0], /is zero/],
  ])('refuses one that is %s', (_, values, message) => {
    expect(() => usableEmbedding(Float32Array.from(values), 'a clip')).toThrow(
      expect.objectContaining({ code: 'internal', message: expect.stringMatching(message) }),
    );
  });
});
