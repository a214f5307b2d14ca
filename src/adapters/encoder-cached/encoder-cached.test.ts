import { expect, it } from 'vitest';
import { ColourTextEncoder } from '../../../test/support/colour-world.js';
import { CachedTextEncoder, type VectorCache } from './cached-text-encoder.js';
import { KnownTextEncoder } from './known-text-encoder.js';

class CountingEncoder extends ColourTextEncoder {
  readonly asked: (readonly string[])[] = [];

  override async encode(texts: readonly string[]) {
    this.asked.push(texts);
    return super.encode(texts);
  }
}

/** A cache in memory, with what a real one refuses. */
function cacheInMemory() {
  const kept = new Map<string, Response>();
  const cache: VectorCache = {
    match: async (key) => kept.get(new URL(key).href)?.clone(),
    put: async (key, answer) => void kept.set(new URL(key).href, answer.clone()),
  };
  return { kept, cache };
}

it('asks for a text once, and for texts that come together each time', async () => {
  const encoder = new CountingEncoder();
  const { cache, kept } = cacheInMemory();
  const cached = new CachedTextEncoder(encoder, cache);
  const first = await cached.encode(['red/../ green?']);
  expect(await cached.encode(['red/../ green?'])).toEqual(first);
  expect(encoder.asked).toHaveLength(1);
  await cached.encode(['blue']);
  expect(kept.size).toBe(2);
  await cached.encode(['red', 'green']);
  await cached.encode(['red', 'green']);
  expect(encoder.asked).toHaveLength(4);
  expect(kept.size).toBe(2);
});

it('does without a cache that fails, or holds something else', async () => {
  const encoder = new CountingEncoder();
  const broken = async () => {
    throw new Error('no cache today');
  };
  const [vector] = await new CachedTextEncoder(encoder, { match: broken, put: broken }).encode(['red']);
  expect(vector).toHaveLength(3);
  const { cache } = cacheInMemory();
  const full = { ...cache, match: async () => new Response(new Uint8Array(8)) };
  expect(await new CachedTextEncoder(encoder, full).encode(['red'])).toEqual([vector]);
});

it('knows what it was given, and has the rest encoded, in order', async () => {
  const encoder = new CountingEncoder();
  const green = Float32Array.of(9, 9, 9);
  const known = new KnownTextEncoder(encoder, ['green'], [green]);
  const [red] = await encoder.encode(['red']);
  expect(await known.encode(['red', 'green', 'blue'])).toEqual([
    red,
    green,
    (await encoder.encode(['blue']))[0],
  ]);
  encoder.asked.length = 0;
  await known.encode(['green', 'green']);
  expect(encoder.asked).toEqual([]);
});
