import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../test/support/seeded-random.js';
import { ExactIndex } from '../index-exact/exact-index.js';
import { quantizeVectors } from '../vector-store/int8-vectors.js';
import type { VectorBlock } from '../vector-store/vector-block.js';
import { Int8Index } from './int8-index.js';

const DIMENSION = 24;

/** Vectors around few centres: many are about as near as the last that counts. */
function crowded(seed: number, count: number): Float32Array[] {
  const random = seededRandom(seed);
  const draw = () => Float32Array.from({ length: DIMENSION }, () => random() - 0.5);
  const centres = [draw(), draw(), draw()];
  return Array.from({ length: count }, (_, order) => {
    const near = draw();
    return centres[order % 3]!.map((value, axis) => value + 0.01 * near[axis]!);
  });
}

function indexOf(vectors: readonly Float32Array[], blockClips = 7) {
  const clips = vectors.map((vector, order) => ({ clipId: 2 * order + 1, vector }));
  const blocks: VectorBlock[] = [];
  for (let first = 0; first < clips.length; first += blockClips) {
    const some = clips.slice(first, first + blockClips);
    const clipIds = Float64Array.from(some, ({ clipId }) => clipId);
    blocks.push({ clipIds, ...quantizeVectors(some.map(({ vector }) => vector)) });
  }
  const read: number[] = [];
  const index = new Int8Index({
    dimension: DIMENSION,
    size: clips.length,
    lastClipId: clips.at(-1)?.clipId ?? 0,
    source: { blocks: async () => blocks },
    vectorsOf: async (clipIds) => {
      read.push(...clipIds);
      return clips.filter(({ clipId }) => clipIds.includes(clipId));
    },
  });
  return { index, clips, read };
}

it('answers as comparing the vectors themselves does, with the same scores', async () => {
  const count = fc.integer({ min: 1, max: 120 });
  await fc.assert(
    fc.asyncProperty(fc.integer(), count, count, fc.boolean(), async (seed, size, limit, some) => {
      const { index, clips } = indexOf(crowded(seed, size));
      const exact = new ExactIndex(DIMENSION);
      await exact.add(clips);
      const [query] = crowded(seed + 1, 1);
      const among = some
        ? clips.filter(({ clipId }) => clipId % 3 === 0).map(({ clipId }) => clipId)
        : undefined;
      const options = among === undefined ? {} : { among };
      expect(await index.search(query!, limit, options)).toEqual(await exact.search(query!, limit, options));
    }),
    { numRuns: 60 },
  );
});

it('reads few vectors where most are far off', async () => {
  const random = seededRandom(7);
  const vectors = Array.from({ length: 500 }, () =>
    Float32Array.from({ length: DIMENSION }, () => random() - 0.5),
  );
  const { index, read } = indexOf(vectors);
  expect((await index.search(vectors[42]!, 10))[0]!.clipId).toBe(85);
  expect(read.length).toBeLessThan(30);
});

it('refuses a query that is of another length, or no numbers', async () => {
  const { index } = indexOf(crowded(1, 3));
  await expect(index.search(new Float32Array(3).fill(1), 1)).rejects.toMatchObject({ code: 'invalid-input' });
  const broken = new Float32Array(DIMENSION).fill(Number.NaN);
  await expect(index.search(broken, 1)).rejects.toMatchObject({ code: 'invalid-input' });
});
