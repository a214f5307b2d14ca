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
      expect(await index.state()).toEqual({ size: 0, lastClipId: 0, unarranged: 0, dead: 0 });
      expect(await index.clipIds()).toEqual([]);
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
      await index.settled();
      await index.save();
      await index.add([{ clipId: 2, vector: Float32Array.of(0, 1) }]);
      expect((await index.search(Float32Array.of(0, 1), 1))[0]).toMatchObject({ clipId: 2 });
    });

    it('finds what was added before it is arranged, with the scores it has after', async () => {
      const clips = clusteredVectors(2000, 16);
      const index = await open(16);
      await index.add(clips);
      const query = clips[3]!.vector;
      const before = await index.search(query, 10);
      expect(before.map(({ clipId }) => clipId)).toEqual(nearest(clips, query, 10));
      await index.settled();
      expect(await index.state()).toEqual({ size: 2000, lastClipId: 2000, unarranged: 0, dead: 0 });
      const after = await index.search(query, 10, { exact: true });
      expect(after).toEqual(before);
      const approximate = new Map(
        (await index.search(query, 10)).map(({ clipId, score }) => [clipId, score]),
      );
      for (const { clipId, score } of after) expect(approximate.get(clipId) ?? score).toBe(score);
    });

    it('compares with all, or with some only, when it is asked to', async () => {
      const clips = clusteredVectors(3000, 32);
      const index = await open(32);
      await index.add(clips);
      await index.settled();
      for (const { vector: query } of clusteredVectors(20, 32, 5)) {
        const exact = await index.search(query, 10, { exact: true });
        expect(exact.map(({ clipId }) => clipId)).toEqual(nearest(clips, query, 10));
        const some = clips.filter(({ clipId }) => clipId % 7 === 3);
        const among = await index.search(query, 10, { among: [...some.map(({ clipId }) => clipId), 9999] });
        expect(among.map(({ clipId }) => clipId)).toEqual(nearest(some, query, 10));
      }
      expect(await index.search(clips[0]!.vector, 10, { among: [] })).toEqual([]);
    });

    it('never finds a removed clip, however it is asked and whatever was arranged by then', async () => {
      const clips = clusteredVectors(600, 8);
      const index = await open(8);
      await index.add(clips.slice(0, 300));
      await index.settled();
      await index.add(clips.slice(300));
      const gone = clips.filter(({ clipId }) => clipId % 3 === 0).map(({ clipId }) => clipId);
      await index.remove([...gone, 7777]);
      const remaining = clips.filter(({ clipId }) => clipId % 3 !== 0);
      const check = async () => {
        expect(index).toMatchObject({ size: 400, lastClipId: 600 });
        expect(new Set(await index.clipIds())).toEqual(new Set(remaining.map(({ clipId }) => clipId)));
        for (const options of [{}, { exact: true }, { among: clips.map(({ clipId }) => clipId) }]) {
          const found = await index.search(clips[2]!.vector, 1000, options);
          expect(found.map(({ clipId }) => clipId)).toEqual(nearest(remaining, clips[2]!.vector, 1000));
        }
      };
      await check();
      await index.settled();
      await check();
    });

    it('takes a removed clip back', async () => {
      const index = await open(2);
      const clip = { clipId: 1, vector: Float32Array.of(1, 0) };
      await index.add([clip, { clipId: 2, vector: Float32Array.of(0, 1) }]);
      await index.settled();
      await index.remove([1]);
      await index.settled();
      await index.add([clip]);
      await index.settled();
      expect(await index.search(clip.vector, 1)).toEqual([{ clipId: 1, score: 1 }]);
      expect(index.size).toBe(2);
    });

    it('answers as if alone while clips are added and removed', async () => {
      const clips = clusteredVectors(1500, 16);
      const index = await open(16);
      const kept = clips.slice(0, 500);
      await index.add(kept);
      const busy = (async () => {
        for (let start = 500; start < 1500; start += 100) {
          const batch = clips.slice(start, start + 100);
          await index.add(batch);
          await index.remove(batch.map(({ clipId }) => clipId));
        }
      })();
      const query = clips[11]!.vector;
      const among = kept.map(({ clipId }) => clipId);
      for (let round = 0; round < 20; round++) {
        const found = await index.search(query, 5, { among });
        expect(found.map(({ clipId }) => clipId)).toEqual(nearest(kept, query, 5));
      }
      await busy;
      expect(index.size).toBe(500);
      expect((await index.search(query, 1000)).map(({ clipId }) => clipId)).toEqual(
        nearest(kept, query, 1000),
      );
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
