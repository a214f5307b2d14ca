import { expect, it } from 'vitest';
import { sampleFrameIndices } from '../model/preprocess/sample-frames.js';
import type { MediaInfo } from '../ports/media-reader.js';
import { framesNeeded, planClips } from './plan-clips.js';

const windowing = { windowSeconds: 4, strideSeconds: 2 };

function mediaInfo(durationSeconds: number, frameTimes: number[]): MediaInfo {
  return {
    container: 'mp4',
    codec: 'h264',
    width: 4,
    height: 4,
    rotationDegrees: 0,
    hasAudio: false,
    durationSeconds,
    frameTimes: Float64Array.from(frameTimes),
  };
}

const tenPerSecond = Array.from({ length: 100 }, (_, index) => index / 10);

it('takes the frames of a window from that window', () => {
  const plan = planClips(mediaInfo(10, tenPerSecond), windowing, 8, sampleFrameIndices);
  expect(plan.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
    [0, 4],
    [2, 6],
    [4, 8],
    [6, 10],
  ]);
  for (const { startSeconds, endSeconds, frameIndices } of plan) {
    expect(frameIndices).toHaveLength(8);
    for (const index of frameIndices) {
      expect(tenPerSecond[index]).toBeGreaterThanOrEqual(startSeconds);
      expect(tenPerSecond[index]).toBeLessThan(endSeconds);
    }
  }
});

it('goes by the times of the frames, not by their number, when the frame rate varies', () => {
  // Nine frames in the first second, then one a second.
  const times = [...tenPerSecond.slice(0, 10), 1, 2, 3, 4, 5, 6, 7];
  const plan = planClips(mediaInfo(8, times), windowing, 2, sampleFrameIndices);
  const shown = plan.map(({ frameIndices }) => frameIndices.map((index) => times[index]));
  expect(shown.at(-1)).toEqual([4, 6]);
});

it('leaves out a window in which nothing new is shown', () => {
  const plan = planClips(mediaInfo(20, [0, 1, 2, 3, 17, 18, 19]), windowing, 2, sampleFrameIndices);
  expect(plan.map(({ startSeconds }) => startSeconds)).toEqual([0, 2, 14, 16]);
});

it('makes one clip of one frame', () => {
  const plan = planClips(mediaInfo(0, [0]), windowing, 4, sampleFrameIndices);
  expect(plan).toEqual([{ startSeconds: 0, endSeconds: 0, frameIndices: [0, 0, 0, 0] }]);
  expect(framesNeeded(plan)).toEqual([0]);
});

it('keeps the order a sampler gives, and asks for the frames once and ascending', () => {
  const backwards = (count: number, frames: number) => sampleFrameIndices(count, frames).reverse();
  const plan = planClips(mediaInfo(10, tenPerSecond), windowing, 4, backwards);
  expect(plan[0]!.frameIndices).toEqual([34, 24, 14, 4]);
  const needed = framesNeeded(plan);
  expect(needed).toEqual([...new Set(needed)].sort((left, right) => left - right));
});

it('refuses a video whose clock says it lasts longer than a week', () => {
  expect(() => planClips(mediaInfo(1e9, [0, 1e9]), windowing, 4, sampleFrameIndices)).toThrow(
    /1000000000 seconds/,
  );
});

it('keeps every clip inside its shot, to the frame', () => {
  const shots = [
    { startSeconds: 0, endSeconds: 1.3 },
    { startSeconds: 1.3, endSeconds: 8.9 },
    { startSeconds: 8.9, endSeconds: 10 },
  ];
  const plan = planClips(mediaInfo(10, tenPerSecond), windowing, 8, sampleFrameIndices, shots);
  expect(plan.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
    [0, 1.3],
    [1.3, 5.3],
    [3.3, 7.3],
    [4.9, 8.9],
    [8.9, 10],
  ]);
  expect(Math.max(...plan[0]!.frameIndices)).toBeLessThan(13);
  expect(Math.min(...plan[1]!.frameIndices)).toBeGreaterThanOrEqual(13);
  expect(Math.min(...plan[4]!.frameIndices)).toBeGreaterThanOrEqual(89);
});

it('refuses a plan of more clips than go, and says which number to change', () => {
  const dense = { windowSeconds: 4, strideSeconds: 0.01 };
  const long = mediaInfo(
    3600,
    Array.from({ length: 360_000 }, (_, index) => index / 100),
  );
  expect(() => planClips(long, dense, 1, sampleFrameIndices)).toThrow(/makes 359601 clips.*every 0\.01/);
});
