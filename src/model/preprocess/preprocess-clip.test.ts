import { describe, expect, it } from 'vitest';
import { preprocessClip } from './preprocess-clip.js';

const architecture = { frames: 3, imageSize: 4 };
const preprocessing = {
  antialias: false,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

function plain(
  width: number,
  height: number,
  [red, green, blue]: readonly [number, number, number],
): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => [red, green, blue][i % 3]!);
}

describe('preprocessClip', () => {
  it('puts frames and channels apart and normalizes each channel by its own mean and deviation', () => {
    const colours = [
      [255, 0, 128],
      [0, 0, 0],
      [10, 200, 30],
    ] as const;
    const frames = colours.map((colour) => plain(9, 5, colour));
    const values = preprocessClip({ width: 9, height: 5, frames }, architecture, preprocessing);
    expect(values).toHaveLength(3 * 3 * 16);
    colours.forEach((colour, t) => {
      colour.forEach((level, channel) => {
        const expected = (level / 255 - preprocessing.mean[channel]!) / preprocessing.std[channel]!;
        const plane = values.subarray((t * 3 + channel) * 16, (t * 3 + channel + 1) * 16);
        for (const value of plane) expect(value).toBeCloseTo(expected, 6);
      });
    });
  });

  it('treats a repeated frame like any other', () => {
    const shown = plain(6, 6, [1, 2, 3]).map((level, i) => level * i);
    const repeated = preprocessClip(
      { width: 6, height: 6, frames: [shown, shown, shown] },
      architecture,
      preprocessing,
    );
    const copied = preprocessClip(
      { width: 6, height: 6, frames: [shown, shown.slice(), shown.slice()] },
      architecture,
      preprocessing,
    );
    expect(repeated).toEqual(copied);
  });

  it('refuses another number of frames', () => {
    const clip = { width: 1, height: 1, frames: [new Uint8Array(3)] };
    expect(() => preprocessClip(clip, architecture, preprocessing)).toThrow(/3 frames a clip, not 1/);
  });
});
