import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accuracyIntervals, accuracyOf, classRank } from './accuracy.js';
import { parseClassificationList, parseClassNames } from './classification-set.js';
import { cropSquare, meanProbabilities, segmentFrames } from './views.js';

describe('lists of videos with classes', () => {
  const parse = (text: string, names?: string[]) => parseClassificationList(text, 'val.csv', 5, names);

  it.each([
    [
      'a/b.mp4 3\nc d.avi 0\n',
      [
        ['a/b', 3],
        ['c d', 0],
      ],
    ],
    ['a, b.mp4,3\r\n', [['a', 3]]],
    ['x.webm\t250\t4\n', [['x', 4]]],
    ['folder/x 120 1', [['folder/x 120', 1]]],
  ])('%j', (text, expected) => {
    expect(parse(text).map(({ id, label }) => [id, label])).toEqual(expected);
  });

  it('names of classes, spelt with spaces or underscores', () => {
    const names = ['abseiling', 'air drumming', 'archery', 'arm wrestling', 'assembling computer'];
    expect(parse('x.mp4,Air_drumming\ny.mp4,archery', names).map(({ label }) => label)).toEqual([1, 2]);
    expect(() => parse('x.mp4,0', names.slice(1))).toThrow('4 class names, the model has 5');
  });

  it.each([
    ['x.mp4 5', 'line 1: class 5'],
    ['x.mp4 1\nx.mp4 2', 'lists "x" twice'],
    ['x.mp4', 'line 1'],
    ['x.mp4 walking', 'line 1'],
    ['\n', 'lists no videos'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  const labels = join('..', 'shared', 'realdata', 'labels', 'label_map_k400.txt');
  const hasLabels = existsSync(labels);
  it.skipIf(!hasLabels)(
    `the 400 names of Kinetics${hasLabels ? '' : ' (skipped: no ../shared here)'}`,
    () => {
      expect(parseClassNames(readFileSync(labels, 'utf8'))).toHaveLength(400);
    },
  );
});

describe('views', () => {
  it('takes the frames that the reference takes', () => {
    // By hand from the rule: 41 frames, T = 8, a step of 5; four segments look 1, 2, 3 and 4 frames later.
    expect(segmentFrames(41, 8, 0, 4)).toEqual([1, 6, 11, 16, 21, 26, 31, 36]);
    expect(segmentFrames(41, 8, 3, 4)).toEqual([4, 9, 14, 19, 24, 29, 34, 39]);
    expect(segmentFrames(1, 8, 3, 4)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    // A step of 2.5: 2.5 is rounded to 2 and 7.5 to 8, to the even one as numpy does.
    expect(segmentFrames(11, 4, 0, 1)).toEqual([1, 3, 6, 9]);
  });

  const coordinates = (width: number, height: number) => {
    const frame = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) frame.set([i % width, Math.floor(i / width), 0], i * 3);
    return frame;
  };

  it.each([
    [
      7,
      3,
      3,
      [
        [0, 0],
        [2, 0],
        [4, 0],
      ],
    ],
    [
      3,
      8,
      2,
      [
        [0, 0],
        [0, 5],
      ],
    ],
    [7, 3, 1, [[2, 0]]],
    [
      4,
      4,
      3,
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ],
  ])('%d x %d pixels, %d crops: squares from edge to edge', (width, height, crops, corners) => {
    const frame = coordinates(width, height);
    const edge = Math.min(width, height);
    corners.forEach(([left, top], crop) => {
      const cropped = cropSquare({ width, height, frames: [frame, frame] }, crop, crops);
      expect(cropped).toMatchObject({ width: edge, height: edge });
      expect(cropped.frames[0]).toBe(cropped.frames[1]);
      expect([...cropped.frames[0]!.subarray(0, 2)]).toEqual([left, top]);
      expect([...cropped.frames[0]!.subarray(-3, -1)]).toEqual([left! + edge - 1, top! + edge - 1]);
    });
  });

  it('averages probabilities, not logits: one very sure view does not outvote two others', () => {
    const mean = meanProbabilities([Float32Array.of(0, 100), Float32Array.of(1, 0), Float32Array.of(2, 0)]);
    expect(mean[0]).toBeCloseTo((0 + 1 / (1 + Math.exp(-1)) + 1 / (1 + Math.exp(-2))) / 3);
    expect(mean[0]! + mean[1]!).toBeCloseTo(1);
    expect(mean[0]).toBeGreaterThan(0.5);
  });
});

describe('accuracy', () => {
  it('top-1, top-5, and the mean over classes, which a frequent class does not rule', () => {
    const ranks = Int32Array.of(1, 1, 1, 6, 5);
    const labels = Int32Array.of(0, 0, 0, 1, 2);
    const { top1, top5, meanClass } = accuracyOf(ranks, labels);
    expect([top1, top5]).toEqual([60, 80]);
    expect(meanClass).toBeCloseTo(100 / 3);
    const intervals = accuracyIntervals(ranks, labels, 1, 200);
    expect(intervals.top1[0]).toBeLessThan(60);
    expect(intervals.top1[1]).toBeGreaterThan(60);
  });

  it('ranks a class by what scores strictly higher', () => {
    expect(classRank([0.2, 0.5, 0.2, 0.1], 2)).toBe(2);
  });
});
