import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutIntoWindows } from './clip.js';

const windowing = { windowSeconds: 8, strideSeconds: 4 };

describe('cutIntoWindows', () => {
  it('leaves a video of up to one and a half windows whole', () => {
    expect(cutIntoWindows(12, windowing)).toEqual([{ startSeconds: 0, endSeconds: 12 }]);
    expect(cutIntoWindows(0, windowing)).toEqual([{ startSeconds: 0, endSeconds: 0 }]);
  });

  it('moves the last window to the end of the video', () => {
    expect(cutIntoWindows(13, windowing)).toEqual([
      { startSeconds: 0, endSeconds: 8 },
      { startSeconds: 4, endSeconds: 12 },
      { startSeconds: 5, endSeconds: 13 },
    ]);
  });

  it('covers any video without a gap, with windows of one length, each after the one before', () => {
    const lengths = fc.record({
      windowSeconds: fc.double({ min: 1, max: 60, noNaN: true }),
      overlap: fc.double({ min: 0, max: 0.9, noNaN: true }),
      duration: fc.double({ min: 0, max: 4000, noNaN: true }),
    });
    fc.assert(
      fc.property(lengths, ({ windowSeconds, overlap, duration }) => {
        const windows = cutIntoWindows(duration, {
          windowSeconds,
          strideSeconds: windowSeconds * (1 - overlap),
        });
        expect(windows[0]!.startSeconds).toBe(0);
        expect(windows.at(-1)!.endSeconds).toBe(duration);
        windows.slice(1).forEach((window, before) => {
          expect(window.startSeconds).toBeGreaterThan(windows[before]!.startSeconds);
          expect(window.startSeconds).toBeLessThanOrEqual(windows[before]!.endSeconds + 1e-9);
          expect(window.endSeconds - window.startSeconds).toBeCloseTo(windowSeconds, 6);
        });
      }),
    );
  });
});
