import { expect, it } from 'vitest';
import { AppError } from '../../domain/errors.js';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';
import { GatheredTextEncoder } from './gathered-text-encoder.js';

/** Answers when told to, with the length of each text; refuses a call that holds "bad", and is gone at "away". */
function slowEncoder() {
  const calls: { texts: readonly string[]; go: () => void }[] = [];
  const encoder: Pick<TextEncoder, 'encode'> = {
    encode: (texts) =>
      new Promise<Embedding[]>((resolve, reject) => {
        const go = () => {
          if (texts.includes('bad')) reject(new Error('bad'));
          else if (texts.includes('away')) reject(new AppError('encoder-unavailable', 'away'));
          else resolve(texts.map((text) => Float32Array.of(text.length)));
        };
        calls.push({ texts, go });
      }),
  };
  return { calls, encoder: new GatheredTextEncoder(encoder as TextEncoder) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('asks at once for the first, and together for what comes meanwhile; each gets its own', async () => {
  const { calls, encoder } = slowEncoder();
  const asked = [['a'], ['bb', 'ccc'], ['dddd']].map((texts) => encoder.encode(texts));
  expect(calls.map(({ texts }) => texts)).toEqual([['a']]);
  calls[0]!.go();
  await turn();
  expect(calls[1]!.texts).toEqual(['bb', 'ccc', 'dddd']);
  calls[1]!.go();
  expect((await Promise.all(asked)).map((vectors) => vectors.map(([length]) => length))).toEqual([
    [1],
    [2, 3],
    [4],
  ]);
});

it('refuses nobody for what another asked', async () => {
  const { calls, encoder } = slowEncoder();
  const first = encoder.encode(['a']);
  const [good, bad] = [encoder.encode(['bb']), encoder.encode(['bad'])];
  const results = Promise.allSettled([first, good, bad]);
  for (let call = 0; call < 4; call++) {
    calls[call]!.go();
    await turn();
  }
  expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
});

it('tells all of them at once that no encoder answers, instead of asking for each', async () => {
  const { calls, encoder } = slowEncoder();
  const first = encoder.encode(['a']);
  const results = Promise.allSettled([encoder.encode(['bb']), encoder.encode(['away'])]);
  calls[0]!.go();
  await first;
  await turn();
  calls[1]!.go();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(calls).toHaveLength(2);
});

it('lets go who gives up, and does not ask for them', async () => {
  const { calls, encoder } = slowEncoder();
  const first = encoder.encode(['a']);
  const caller = new AbortController();
  const given = encoder.encode(['bb'], caller.signal);
  caller.abort();
  await expect(given).rejects.toMatchObject({ code: 'cancelled' });
  calls[0]!.go();
  await first;
  await turn();
  expect(calls).toHaveLength(1);
});
