import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutIntoWindows } from './clip.js';

const windowing = { windowSeconds: 8, strideSeconds: 4 };

const stretch = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });

describe('cutIntoWindows', () => {
  it('leaves a stretch of up to one and a half windows whole', () => {
    expect(cutIntoWindows(stretch(0, 12), windowing)).toEqual([stretch(0, 12)]);
    expect(cutIntoWindows(stretch(0.1, 0.3), windowing)).toEqual([stretch(0.1, 0.3)]);
    expect(cutIntoWindows(stretch(0, 0), windowing)).toEqual([stretch(0, 0)]);
  });

  it('moves the last window to the end of the stretch', () => {
    expect(cutIntoWindows(stretch(100, 113), windowing)).toEqual([
      stretch(100, 108),
      stretch(104, 112),
      stretch(105, 113),
    ]);
  });

  it('covers any stretch without a gap, with windows of one length, each after the one before', () => {
    const lengths = fc.record({
      windowSeconds: fc.double({ min: 1, max: 60, noNaN: true }),
      overlap: fc.double({ min: 0, max: 0.9, noNaN: true }),
      start: fc.double({ min: 0, max: 4000, noNaN: true }),
      duration: fc.double({ min: 0, max: 4000, noNaN: true }),
    });
    fc.assert(
      fc.property(lengths, ({ windowSeconds, overlap, start, duration }) => {
        const windows = cutIntoWindows(stretch(start, start + duration), {
          windowSeconds,
          strideSeconds: windowSeconds * (1 - overlap),
        });
        expect(windows[0]!.startSeconds).toBe(start);
        expect(windows.at(-1)!.endSeconds).toBe(start + duration);
        windows.slice(1).forEach((window, before) => {
          expect(window.startSeconds).toBeGreaterThan(windows[before]!.startSeconds);
          expect(window.startSeconds).toBeLessThanOrEqual(windows[before]!.endSeconds + 1e-9);
          expect(window.endSeconds - window.startSeconds).toBeCloseTo(windowSeconds, 6);
        });
      }),
    );
  });
});
