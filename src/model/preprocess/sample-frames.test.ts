import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleFrameIndices } from './sample-frames.js';

describe('sampleFrameIndices', () => {
  it.each([
    [300, 8, [18, 55, 93, 130, 168, 205, 243, 280]],
    [8, 8, [0, 1, 2, 3, 4, 5, 6, 7]],
    [3, 8, [0, 1, 2, 2, 2, 2, 2, 2]],
    [1, 4, [0, 0, 0, 0]],
  ])('%i frames, %i asked for: as numpy computes the rule', (frameCount, framesPerClip, expected) => {
    expect(sampleFrameIndices(frameCount, framesPerClip)).toEqual(expected);
  });

  it('stays inside, ascends, and spreads evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 64 }), (count, wanted) => {
        const indices = sampleFrameIndices(count, wanted);
        expect(indices).toHaveLength(wanted);
        const span = count / Math.min(count, wanted);
        indices.forEach((index, position) => {
          const centre = (Math.min(position, count - 1) + 0.5) * span - 0.5;
          expect(Math.abs(index - centre)).toBeLessThanOrEqual(1.5);
          expect(index).toBeGreaterThanOrEqual(position === 0 ? 0 : indices[position - 1]!);
          expect(index).toBeLessThan(count);
        });
      }),
    );
  });

  it.each([
    [0, 8],
    [10, 0],
    [2.5, 8],
    [Number.NaN, 8],
  ])('refuses %d frames, %d asked for', (frameCount, framesPerClip) => {
    expect(() => sampleFrameIndices(frameCount, framesPerClip)).toThrow(/whole number of at least 1/);
  });
});
