import { expect, it } from 'vitest';
import { ExactIndex } from '../../adapters/index-exact/exact-index.js';
import { RecallAudit } from './recall-audit.js';

/** Clips on a quarter circle; a text is the angle it is nearest to. */
async function circle(clipCount: number) {
  const index = new ExactIndex(2);
  const at = (angle: number) => Float32Array.of(Math.cos(angle), Math.sin(angle));
  await index.add(
    Array.from({ length: clipCount }, (_, order) => ({ clipId: order + 1, vector: at(order / clipCount) })),
  );
  const textEncoder = { encode: async (texts: readonly string[]) => texts.map((text) => at(Number(text))) };
  return { index, textEncoder };
}

it('knows nothing before it has looked, and nothing in an empty library', async () => {
  const { index, textEncoder } = await circle(0);
  const audit = new RecallAudit({ index, textEncoder, texts: ['0.5'] });
  await audit.step();
  expect(audit.recall).toBeUndefined();
});

it('is 1 for an index that finds what there is, also where there is less than it asks for', async () => {
  for (const count of [3, 50]) {
    const { index, textEncoder } = await circle(count);
    const audit = new RecallAudit({ index, textEncoder, texts: ['0.2', '0.8'] });
    await audit.step();
    await audit.step();
    expect(audit.recall).toBe(1);
  }
});

it('is the share of the nearest that an index finds, over the last twenty texts', async () => {
  const { index, textEncoder } = await circle(50);
  let isBlind = true;
  // Misses every clip but those with an even id.
  const search: typeof index.search = async (query, limit, options) => {
    const all = await index.search(query, 50, options);
    const seen = options?.exact || !isBlind ? all : all.filter(({ clipId }) => clipId % 2 === 0);
    return seen.slice(0, limit);
  };
  const audit = new RecallAudit({ index: { size: 50, search }, textEncoder, texts: ['0.5'] });
  await audit.step();
  expect(audit.recall).toBeCloseTo(0.5, 5);
  isBlind = false;
  for (let step = 0; step < 19; step++) await audit.step();
  expect(audit.recall).toBeCloseTo((0.5 + 19) / 20, 5);
  await audit.step();
  expect(audit.recall).toBe(1);
});
