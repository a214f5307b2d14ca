import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ApiKeyStore, StoredApiKey } from '../../src/ports/api-keys.js';

function newKey(id: string, changes: Partial<StoredApiKey> = {}): StoredApiKey {
  return {
    id,
    name: `key ${id}`,
    scopes: ['read'],
    createdAtMs: 1000,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    lastUsedAtMs: undefined,
    secretHash: Uint8Array.from(randomBytes(32)),
    ...changes,
  };
}

/** What every `ApiKeyStore` keeps. */
export function describeApiKeys(name: string, open: () => Promise<ApiKeyStore>): void {
  describe(`${name} as an ApiKeyStore`, () => {
    it('gives a key back as it was, its hash to the bit', async () => {
      const store = await open();
      const key = newKey('000000000001', { scopes: ['read', 'write', 'admin'], expiresAtMs: 2 ** 41 });
      await store.addKey(key);
      const { secretHash, ...rest } = (await store.findKey(key.id))!;
      expect(rest).toEqual({ ...key, secretHash: undefined });
      expect(Buffer.from(secretHash)).toEqual(Buffer.from(key.secretHash));
      expect(await store.findKey('000000000002')).toBeUndefined();
      expect(await store.findKey('')).toBeUndefined();
    });

    it('lists the newest first, the last to come of those of one moment, and no secret', async () => {
      const store = await open();
      for (const [id, createdAtMs] of [
        ['b', 2000],
        ['a', 1000],
        ['d', 3000],
        ['c', 3000],
      ] as const)
        await store.addKey(newKey(id, { createdAtMs }));
      const listed = await store.listKeys();
      expect(listed.map(({ id }) => id)).toEqual(['c', 'd', 'b', 'a']);
      for (const key of listed) expect(key).not.toHaveProperty('secretHash');
    });

    it('revokes a key once, goes on listing it, and leaves the others alone', async () => {
      const store = await open();
      await store.addKey(newKey('gone'));
      await store.addKey(newKey('kept'));
      expect(await store.revokeKey('gone', 5000)).toBe(true);
      expect(await store.revokeKey('gone', 6000)).toBe(true);
      expect(await store.revokeKey('none', 6000)).toBe(false);
      expect((await store.findKey('gone'))?.revokedAtMs).toBe(5000);
      expect((await store.listKeys()).map(({ id, revokedAtMs }) => [id, revokedAtMs])).toEqual([
        ['kept', undefined],
        ['gone', 5000],
      ]);
    });

    it('remembers the last use', async () => {
      const store = await open();
      await store.addKey(newKey('used'));
      await store.addKey(newKey('new'));
      await store.recordUse('used', 7000);
      await store.recordUse('used', 8000);
      await store.recordUse('none', 9000);
      expect((await store.findKey('used'))?.lastUsedAtMs).toBe(8000);
      expect((await store.findKey('new'))?.lastUsedAtMs).toBeUndefined();
    });
  });
}
