import { describe, expect, it } from 'vitest';
import type { ClipVector } from '../../src/ports/catalog.js';
import type { ClipIndex } from '../../src/ports/clip-index.js';
import { seededRandom } from '../support/seeded-random.js';

/** What every `ClipIndex` keeps, whatever it is made of. */
export function describeClipIndex(name: string, open: (dimension: number) => Promise<ClipIndex>): void {
  describe(`${name} as a ClipIndex`, () => {
    it('finds nothing when it is empty', async () => {
      const index = await open(2);
      expect(index).toMatchObject({ dimension: 2, size: 0, lastClipId: 0 });
      expect(await index.search(Float32Array.of(1, 0), 5)).toEqual([]);
    });

    it('ranks by inner product: a longer vector is nearer than a better aligned short one', async () => {
      const index = await open(2);
      await index.add([
        { clipId: 3, vector: Float32Array.of(0.2, 0) },
        { clipId: 5, vector: Float32Array.of(0.5, 0.8) },
        { clipId: 9, vector: Float32Array.of(-1, 0) },
      ]);
      const found = await index.search(Float32Array.of(1, 0), 10);
      expect(found.map(({ clipId }) => clipId)).toEqual([5, 3, 9]);
      for (const [rank, score] of [0.5, 0.2, -1].entries()) expect(found[rank]!.score).toBeCloseTo(score, 5);
      expect(index).toMatchObject({ size: 3, lastClipId: 9 });
    });

    it('leaves an id that is in as it is', async () => {
      const index = await open(2);
      await index.add([{ clipId: 1, vector: Float32Array.of(1, 0) }]);
      await index.add([
        { clipId: 1, vector: Float32Array.of(-1, 0) },
        { clipId: 2, vector: Float32Array.of(0, 1) },
      ]);
      expect(index.size).toBe(2);
      const [first] = await index.search(Float32Array.of(1, 0), 1);
      expect(first).toMatchObject({ clipId: 1 });
      expect(first!.score).toBeCloseTo(1, 6);
    });

    it.each([
      ['another length', [1, 2, 3], '3 values; this library takes 2'],
      ['NaN', [Number.NaN, 1], 'NaN at position 0'],
      ['infinity', [1, Number.NEGATIVE_INFINITY], '-Infinity at position 1'],
      ['nothing but zeros', [0, 0], 'all zeros'],
    ])('refuses a vector of %s, to store and to ask, and stays as it was', async (_, values, message) => {
      const index = await open(2);
      const vector = Float32Array.from(values);
      const batch = [
        { clipId: 1, vector: Float32Array.of(1, 0) },
        { clipId: 2, vector },
      ];
      await expect(index.add(batch)).rejects.toThrow(message);
      await expect(index.search(vector, 1)).rejects.toThrow(message);
      expect(index.size).toBe(0);
    });

    it('keeps its own copy of a vector', async () => {
      const index = await open(2);
      const vector = Float32Array.of(1, 0);
      await index.add([{ clipId: 1, vector }]);
      vector.fill(-1);
      expect((await index.search(Float32Array.of(1, 0), 1))[0]!.score).toBeCloseTo(1, 6);
    });

    it('finds of 3,000 clustered vectors at least 98 % of the true ten nearest, growing on the way', async () => {
      const dimension = 32;
      const clips = clusteredVectors(3000, dimension);
      const index = await open(dimension);
      for (let start = 0; start < clips.length; start += 700)
        await index.add(clips.slice(start, start + 700));
      expect(index.size).toBe(3000);
      let hits = 0;
      const queries = clusteredVectors(50, dimension, 2);
      for (const { vector: query } of queries) {
        const found = await index.search(query, 10);
        expect(found).toHaveLength(10);
        const truth = nearest(clips, query, 10);
        hits += found.filter(({ clipId }) => truth.includes(clipId)).length;
      }
      expect(hits).toBeGreaterThanOrEqual(490);
    });

    it('finds all of them when all are asked for', async () => {
      const clips = clusteredVectors(500, 8);
      const index = await open(8);
      await index.add(clips);
      const found = await index.search(clips[0]!.vector, 1000);
      expect(new Set(found.map(({ clipId }) => clipId)).size).toBe(500);
      const scores = found.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((left, right) => right - left));
    });

    it('goes on after it was saved', async () => {
      const index = await open(2);
      await index.add([{ clipId: 1, vector: Float32Array.of(1, 0) }]);
      await index.save();
      await index.add([{ clipId: 2, vector: Float32Array.of(0, 1) }]);
      expect((await index.search(Float32Array.of(0, 1), 1))[0]).toMatchObject({ clipId: 2 });
    });
  });
}

/** Vectors of norm below 1 around a few centres, as clips of similar videos are. */
export function clusteredVectors(count: number, dimension: number, seed = 1): ClipVector[] {
  const shared = seededRandom(99);
  const centres = Array.from({ length: 20 }, () => Array.from({ length: dimension }, () => shared() - 0.5));
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, order) => {
    const centre = centres[Math.floor(random() * centres.length)]!;
    const values = centre.map((value) => value + (random() - 0.5) * 0.6);
    const norm = Math.hypot(...values) / (0.8 + 0.2 * random());
    return { clipId: order + 1, vector: Float32Array.from(values, (value) => value / norm) };
  });
}

function nearest(clips: readonly ClipVector[], query: Float32Array, count: number): number[] {
  const product = (vector: Float32Array) =>
    vector.reduce((sum, value, axis) => sum + value * query[axis]!, 0);
  return [...clips]
    .sort((left, right) => product(right.vector) - product(left.vector))
    .slice(0, count)
    .map(({ clipId }) => clipId);
}
