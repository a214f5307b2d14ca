import { type ApiKey, type ApiKeyStatus, apiKeyStatus } from '../../domain/api-key.js';
import type { Scope } from '../../domain/scope.js';

/** A key as it is shown: times as ISO 8601, what there is not left out. */
export interface ApiKeyFacts {
  id: string;
  name: string;
  scopes: Scope[];
  status: ApiKeyStatus;
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
  lastUsedAt?: string;
}

export function apiKeyFacts(key: ApiKey, nowMs: number = Date.now()): ApiKeyFacts {
  const { id, name, scopes, createdAtMs, expiresAtMs, revokedAtMs, lastUsedAtMs } = key;
  return {
    id,
    name,
    scopes: [...scopes],
    status: apiKeyStatus(key, nowMs),
    createdAt: isoTime(createdAtMs),
    ...(expiresAtMs !== undefined && { expiresAt: isoTime(expiresAtMs) }),
    ...(revokedAtMs !== undefined && { revokedAt: isoTime(revokedAtMs) }),
    ...(lastUsedAtMs !== undefined && { lastUsedAt: isoTime(lastUsedAtMs) }),
  };
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
