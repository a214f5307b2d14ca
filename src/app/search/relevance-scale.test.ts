import { expect, it } from 'vitest';
import { ColourTextEncoder } from '../../../test/support/colour-world.js';
import { ExactIndex } from '../../adapters/index-exact/exact-index.js';
import { RelevanceScale } from './relevance-scale.js';

const clip = (clipId: number, ...values: number[]) => ({ clipId, vector: Float32Array.from(values) });

async function scaleOf(texts: readonly string[]) {
  const index = new ExactIndex(3);
  await index.add([clip(1, 0.9, 0, 0), clip(2, 0, 0.5, 0)]);
  return { index, scale: new RelevanceScale(index, new ColourTextEncoder(), texts) };
}

it('places a score among the best scores of unrelated texts', async () => {
  // Their best scores are about 0.01, 0.5 and 0.9.
  const { scale } = await scaleOf(['blue', 'green', 'red']);
  const relevance = await scale.current();
  expect(relevance(-1)).toBe(0);
  expect(relevance(0.2)).toBeGreaterThan(0.25);
  expect(relevance(0.2)).toBeLessThan(0.5);
  expect(relevance(0.7)).toBeCloseTo(0.625, 1);
  expect(relevance(0.95)).toBe(1);
});

it('never falls where the score rises', async () => {
  const { scale } = await scaleOf(['blue', 'green', 'red', 'red green', 'red blue', 'nothing']);
  const relevance = await scale.current();
  let before = 0;
  for (let score = -1; score <= 1; score += 0.01) {
    expect(relevance(score)).toBeGreaterThanOrEqual(before);
    before = relevance(score);
  }
});

it('is made anew when the library has grown, and goes on with the old one until then', async () => {
  const { index, scale } = await scaleOf(['blue']);
  expect((await scale.current())(0.5)).toBe(1);
  await index.add([clip(3, 0, 0, 0.9)]);
  await scale.current();
  await new Promise((resolve) => setImmediate(resolve));
  expect((await scale.current())(0.5)).toBe(0);
});

it('calls nothing relevant where there is nothing', async () => {
  const scale = new RelevanceScale(new ExactIndex(3), new ColourTextEncoder(), ['blue']);
  expect((await scale.current())(0.5)).toBe(0);
});
