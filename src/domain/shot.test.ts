import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameChange, findCuts, shotsBetween } from './shot.js';

/** Ten frames a second that change a little, but as much as is said at some of them. */
function changesOf(
  frames: number,
  outstanding: Record<number, number>,
  secondsPerFrame = 0.1,
): FrameChange[] {
  return Array.from({ length: frames - 1 }, (_, before) => ({
    timeSeconds: (before + 1) * secondsPerFrame,
    change: outstanding[before + 1] ?? 2,
  }));
}

const span = (endSeconds: number) => ({ startSeconds: 0, endSeconds });

describe('findCuts', () => {
  it('finds a change that stands out', () => {
    expect(findCuts(changesOf(100, { 30: 60, 70: 9 }), span(10))).toEqual([3, 7]);
  });

  it('takes a flash, two great changes close together, for no cut', () => {
    expect(findCuts(changesOf(100, { 30: 60, 32: 60 }), span(10))).toEqual([]);
  });

  it('takes a pan, where every frame changes much, for no cut', () => {
    const pan = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [40 + i, 25 + (i % 5)]));
    expect(findCuts(changesOf(100, pan), span(10))).toEqual([]);
  });

  it('takes no notice of noise on a still picture', () => {
    const still = changesOf(100, { 50: 7.9 }).map((each) => ({
      ...each,
      change: each.change === 2 ? 0 : each.change,
    }));
    expect(findCuts(still, span(10))).toEqual([]);
  });

  it('goes by two frames where half a second holds fewer', () => {
    expect(findCuts(changesOf(20, { 8: 60 }, 1), span(20))).toEqual([8]);
    expect(findCuts(changesOf(20, { 8: 60, 10: 40 }, 1), span(20))).toEqual([]);
  });

  it('looks at each frame a few times, however many a file crowds into the time that is near', () => {
    let looks = 0;
    const crowd = Array.from({ length: 3000 }, (_, frame) => ({
      timeSeconds: 5 + frame * 1e-6,
      get change() {
        looks++;
        return frame % 2 === 0 ? 200 : 100;
      },
    }));
    expect(findCuts(crowd, span(10))).toEqual([]);
    expect(looks).toBeLessThan(20 * crowd.length);
  });

  it('never gives more than two shots a second, whatever happens', () => {
    const anything = fc.array(
      fc.record({
        gap: fc.double({ min: 0, max: 2, noNaN: true }),
        change: fc.double({ min: 0, max: 255, noNaN: true }),
      }),
      { minLength: 2, maxLength: 200 },
    );
    fc.assert(
      fc.property(anything, (frames) => {
        let timeSeconds = 0;
        const changes = frames.map(({ gap, change }) => {
          timeSeconds += gap;
          return { timeSeconds, change };
        });
        const end = timeSeconds + 0.1;
        const shots = shotsBetween(findCuts(changes, span(end)), span(end));
        expect(shots[0]!.startSeconds).toBe(0);
        expect(shots.at(-1)!.endSeconds).toBe(end);
        shots.slice(1).forEach(({ startSeconds }, before) => {
          expect(startSeconds).toBe(shots[before]!.endSeconds);
        });
        if (shots.length > 1) {
          for (const { startSeconds, endSeconds } of shots)
            expect(endSeconds - startSeconds).toBeGreaterThan(0.5 - 1e-9);
        }
      }),
    );
  });
});
