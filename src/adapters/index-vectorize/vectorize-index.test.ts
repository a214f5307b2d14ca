import type { Vectorize, VectorizeQueryOptions, VectorizeVector } from '@cloudflare/workers-types';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../test/support/seeded-random.js';
import { ExactIndex } from '../index-exact/exact-index.js';
import { innerProductAt } from '../vector-store/inner-product.js';
import { VectorizeIndex } from './vectorize-index.js';

const DIMENSION = 8;

/** Stands in for the service, which no machine but Cloudflare's has: its interface, and its documented limit. */
class FakeVectorize implements Pick<Vectorize, 'query' | 'upsert'> {
  readonly vectors = new Map<string, VectorizeVector>();
  readonly asked: VectorizeQueryOptions[] = [];

  async upsert(vectors: VectorizeVector[]) {
    for (const vector of vectors) this.vectors.set(vector.id, vector);
    return { mutationId: 'm' };
  }

  async query(vector: ArrayLike<number>, options: VectorizeQueryOptions = {}) {
    const { topK = 5, namespace } = options;
    if (topK > 100) throw new Error('VECTOR_QUERY_ERROR (code = 40025): topK');
    this.asked.push(options);
    const query = Float32Array.from(vector);
    const matches = [...this.vectors.values()]
      .filter((each) => each.namespace === namespace)
      .map(({ id, values }) => ({ id, score: innerProductAt(query, Float32Array.from(values)) }))
      .sort((left, right) => right.score - left.score)
      .slice(0, topK);
    return { matches, count: matches.length };
  }
}

async function library(count: number) {
  const random = seededRandom(5);
  const clips = Array.from({ length: count }, (_, order) => ({
    clipId: order + 1,
    vector: Float32Array.from({ length: DIMENSION }, () => random() - 0.5),
  }));
  const exact = new ExactIndex(DIMENSION);
  await exact.add(clips);
  const vectorize = new FakeVectorize();
  const there = new Set(clips.map(({ clipId }) => clipId));
  const index = new VectorizeIndex({
    vectorize,
    fingerprint: 'model',
    exact,
    vectorsOf: async (ids) => clips.filter(({ clipId }) => ids.includes(clipId) && there.has(clipId)),
  });
  const publish = (namespace = 'model') =>
    vectorize.upsert(
      clips.map(({ clipId, vector }) => ({ id: String(clipId), namespace, values: [...vector] })),
    );
  return { clips, exact, vectorize, index, there, publish };
}

it('asks Vectorize for ids alone, of its model, and scores them as everywhere', async () => {
  const { clips, exact, vectorize, index, publish } = await library(300);
  await publish();
  const query = clips[7]!.vector;
  expect(await index.search(query, 20)).toEqual(await exact.search(query, 20));
  expect(vectorize.asked).toEqual([
    { topK: 20, namespace: 'model', returnValues: false, returnMetadata: 'none' },
  ]);
});

it.each([
  ['more than it gives', 150, {}],
  ['exact answers', 5, { exact: true }],
  ['clips out of some', 5, { among: [3, 4, 5] }],
])('does not ask it for %s', async (_, limit, options) => {
  const { clips, exact, vectorize, index, publish } = await library(300);
  await publish();
  const query = clips[0]!.vector;
  expect(await index.search(query, limit, options)).toEqual(await exact.search(query, limit, options));
  expect(vectorize.asked).toEqual([]);
});

it('does without it where it has too few: yet to come, gone since, or of another model', async () => {
  const { clips, exact, index, publish, there } = await library(30);
  const query = clips[0]!.vector;
  expect(await index.search(query, 5)).toHaveLength(5);
  await publish('another model');
  expect(await index.search(query, 5)).toEqual(await exact.search(query, 5));
  await publish();
  await exact.remove([1]);
  there.delete(1);
  expect(await index.search(query, 5)).toEqual(await exact.search(query, 5));
});

it('refuses a query of another length', async () => {
  const { index } = await library(3);
  await expect(index.search(new Float32Array(3).fill(1), 1)).rejects.toMatchObject({ code: 'invalid-input' });
});
