import type { ApiKey } from '../domain/api-key.js';

/** An API key as it is kept: its secret only as a hash. */
export interface StoredApiKey extends ApiKey {
  /** SHA-256 of the secret, 32 bytes. */
  secretHash: Uint8Array;
}

export interface ApiKeyStore {
  addKey(key: StoredApiKey): Promise<void>;
  findKey(id: string): Promise<StoredApiKey | undefined>;
  /** Newest first, the revoked and the expired too. */
  listKeys(): Promise<ApiKey[]>;
  /** @returns false when there is no such key; a key that was revoked before keeps its time. */
  revokeKey(id: string, atMs: number): Promise<boolean>;
  recordUse(id: string, atMs: number): Promise<void>;
}
