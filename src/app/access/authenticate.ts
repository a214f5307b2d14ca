import { type ApiKey, apiKeyStatus } from '../../domain/api-key.js';
import { AppError } from '../../domain/errors.js';
import type { ApiKeyStore } from '../../ports/api-keys.js';
import { matchesSecret, parseApiKey } from './api-key-text.js';

/** "Last used" is known to the minute, so that a busy key is not a write with every request. */
const USE_RESOLUTION_MS = 60_000;

/**
 * The key that a caller sent. Nothing is cached: a key that is revoked is refused from the next request on.
 * @throws AppError `unauthorized`; that a key exists is told only to those who have its secret.
 */
export async function authenticate(
  keys: ApiKeyStore,
  text: string,
  nowMs: number = Date.now(),
): Promise<ApiKey> {
  const given = parseApiKey(text);
  const stored = given && (await keys.findKey(given.id));
  if (given === undefined || stored === undefined || !matchesSecret(given.secret, stored.secretHash)) {
    throw new AppError('unauthorized', 'The API key is not known here.', {
      hint: 'Send the whole key as it was shown when it was made: Authorization: Bearer videre_...',
    });
  }
  const { secretHash: _, ...key } = stored;
  const status = apiKeyStatus(key, nowMs);
  if (status !== 'usable') {
    throw new AppError('unauthorized', `The API key ${key.id} is ${status}.`, {
      hint: 'Make another with: videre keys create NAME --scope SCOPE',
    });
  }
  if (nowMs - (key.lastUsedAtMs ?? 0) >= USE_RESOLUTION_MS) {
    // A full or busy disk must not lock anybody out.
    await keys.recordUse(key.id, nowMs).catch(() => {});
  }
  return key;
}
