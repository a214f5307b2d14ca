import type { Scope } from './scope.js';

/** An API key without its secret, which nobody but its owner has. */
export interface ApiKey {
  /** Public part of the key, and what it is found by: 12 hex digits. */
  id: string;
  /** What its owner calls it. */
  name: string;
  scopes: readonly Scope[];
  createdAtMs: number;
  /** Undefined: it does not expire. */
  expiresAtMs: number | undefined;
  revokedAtMs: number | undefined;
  /** To the minute; undefined: never. */
  lastUsedAtMs: number | undefined;
}

export type ApiKeyStatus = 'usable' | 'revoked' | 'expired';

export function apiKeyStatus(key: ApiKey, nowMs: number): ApiKeyStatus {
  if (key.revokedAtMs !== undefined) return 'revoked';
  return key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs ? 'expired' : 'usable';
}
