import { type ApiKey, apiKeyStatus } from '../../domain/api-key.js';
import { AppError } from '../../domain/errors.js';
import type { Scope } from '../../domain/scope.js';
import type { ApiKeyStore } from '../../ports/api-keys.js';
import { drawApiKey, formatApiKey, hashSecret } from './api-key-text.js';

export const MAX_KEY_NAME_LENGTH = 100;

export interface NewApiKey {
  name: string;
  scopes: readonly Scope[];
  /** Undefined: it does not expire. */
  expiresAtMs?: number | undefined;
}

export interface CreatedApiKey {
  key: ApiKey;
  /** The key itself, to be shown once: it is stored nowhere. */
  text: string;
}

/** @throws AppError `invalid-input` for a key without a name or a scope, or that has expired already. */
export async function createApiKey(
  keys: ApiKeyStore,
  { name: given, scopes: chosen, expiresAtMs }: NewApiKey,
  nowMs: number = Date.now(),
): Promise<CreatedApiKey> {
  const name = given.trim();
  if (name === '' || name.length > MAX_KEY_NAME_LENGTH) {
    throw new AppError(
      'invalid-input',
      `A key's name has 1 to ${MAX_KEY_NAME_LENGTH} characters, not ${name.length}.`,
    );
  }
  const scopes = [...new Set(chosen)];
  if (scopes.length === 0) throw new AppError('invalid-input', 'A key needs at least one scope.');
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
    throw new AppError('invalid-input', `${new Date(expiresAtMs).toISOString()} is over already.`);
  }
  const drawn = drawApiKey();
  const key: ApiKey = {
    id: drawn.id,
    name,
    scopes,
    createdAtMs: nowMs,
    expiresAtMs,
    revokedAtMs: undefined,
    lastUsedAtMs: undefined,
  };
  await keys.addKey({ ...key, secretHash: hashSecret(drawn.secret) });
  return { key, text: formatApiKey(drawn) };
}

/** From now on the key opens nothing. @throws AppError `not-found`. */
export async function revokeApiKey(keys: ApiKeyStore, id: string, nowMs: number = Date.now()): Promise<void> {
  if (await keys.revokeKey(id, nowMs)) return;
  throw new AppError('not-found', `There is no key ${JSON.stringify(id)}.`, {
    hint: 'List them with: videre keys list',
  });
}

/** Whether anybody could come in with a key. */
export async function hasUsableKey(keys: ApiKeyStore, nowMs: number = Date.now()): Promise<boolean> {
  return (await keys.listKeys()).some((key) => apiKeyStatus(key, nowMs) === 'usable');
}
