import { expect, it } from 'vitest';
import { drawApiKey, formatApiKey, hashSecret, matchesSecret, parseApiKey } from './api-key-text.js';

it('a key is read back as it was written, and no two are alike', () => {
  const drawn = Array.from({ length: 100 }, drawApiKey);
  for (const key of drawn) expect(parseApiKey(formatApiKey(key))).toEqual(key);
  expect(new Set(drawn.map(({ id }) => id)).size).toBe(100);
  expect(new Set(drawn.map(({ secret }) => secret)).size).toBe(100);
});

it('a secret has 256 bits, and matches its own hash only', () => {
  const [mine, other] = [drawApiKey().secret, drawApiKey().secret];
  expect(Buffer.from(mine, 'base64url')).toHaveLength(32);
  expect(matchesSecret(mine, hashSecret(mine))).toBe(true);
  expect(matchesSecret(other, hashSecret(mine))).toBe(false);
  expect(matchesSecret(mine, new Uint8Array(0))).toBe(false);
});

it.each([
  '',
  'videre_',
  'videre_0123456789ab_',
  `videre_0123456789ab_${'A'.repeat(42)}`,
  `x videre_0123456789ab_${'A'.repeat(43)}`,
])('%j is no key', (text) => {
  expect(parseApiKey(text)).toBeUndefined();
});
