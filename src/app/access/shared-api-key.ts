import type { ApiKey } from '../../domain/api-key.js';
import { AppError } from '../../domain/errors.js';
import type { ApiKeyStore, StoredApiKey } from '../../ports/api-keys.js';
import { hashSecret, parseApiKey } from './api-key-text.js';

/** The one key of a service that has no library to keep keys in: it reads, no more, and goes on for as long as it is set. */
export class SharedApiKey implements ApiKeyStore {
  readonly #key: StoredApiKey | undefined;

  /** @throws AppError `invalid-input` for what is no key; the text is not told. */
  constructor(text: string | undefined) {
    if (text === undefined) return;
    const parsed = parseApiKey(text);
    if (parsed === undefined) {
      throw new AppError('invalid-input', 'VIDERE_ENCODER_KEY is no API key.', {
        hint: 'Draw one with: videre keys draw',
      });
    }
    this.#key = {
      id: parsed.id,
      name: 'encoders',
      scopes: ['read'],
      createdAtMs: Date.now(),
      expiresAtMs: undefined,
      revokedAtMs: undefined,
      lastUsedAtMs: undefined,
      secretHash: hashSecret(parsed.secret),
    };
  }

  async findKey(id: string): Promise<StoredApiKey | undefined> {
    return this.#key?.id === id ? this.#key : undefined;
  }

  async listKeys(): Promise<ApiKey[]> {
    return this.#key === undefined ? [] : [this.#key];
  }

  async addKey(): Promise<void> {
    throw new AppError('conflict', 'This service has one key, which is set in its environment.');
  }

  async revokeKey(): Promise<boolean> {
    return false;
  }

  /** There is nothing to record it in. */
  async recordUse(): Promise<void> {}
}
