import type { D1Database } from '@cloudflare/workers-types';
import type { ApiKey } from '../../domain/api-key.js';
import { AppError } from '../../domain/errors.js';
import { SCOPES } from '../../domain/scope.js';
import type { ApiKeyStore, StoredApiKey } from '../../ports/api-keys.js';

interface Row {
  id: string;
  name: string;
  scopes: string;
  secretHash: number[];
  createdAtMs: number;
  expiresAtMs: number | null;
  revokedAtMs: number | null;
  lastUsedAtMs: number | null;
}

const COLUMNS = `id, name, scopes, secret_hash as secretHash, created_at_ms as createdAtMs,
  expires_at_ms as expiresAtMs, revoked_at_ms as revokedAtMs, last_used_at_ms as lastUsedAtMs`;

/** The API keys that were pushed along with a library, where they are made and revoked. */
export class D1ApiKeys implements ApiKeyStore {
  readonly #database: D1Database;

  constructor(database: D1Database) {
    this.#database = database;
  }

  async findKey(id: string): Promise<StoredApiKey | undefined> {
    const row = await this.#database
      .prepare(`select ${COLUMNS} from api_keys where id = ?`)
      .bind(id)
      .first<Row>();
    return row === null ? undefined : { ...fromRow(row), secretHash: Uint8Array.from(row.secretHash) };
  }

  async listKeys(): Promise<ApiKey[]> {
    const { results } = await this.#database
      .prepare(`select ${COLUMNS} from api_keys order by created_at_ms desc, rowid desc`)
      .all<Row>();
    return results.map(fromRow);
  }

  async addKey(): Promise<void> {
    throw ofTheLibrary();
  }

  async revokeKey(): Promise<boolean> {
    throw ofTheLibrary();
  }

  async recordUse(id: string, atMs: number): Promise<void> {
    await this.#database.prepare('update api_keys set last_used_at_ms = ? where id = ?').bind(atMs, id).run();
  }
}

function fromRow(row: Row): ApiKey {
  const scopes: unknown = JSON.parse(row.scopes);
  return {
    id: row.id,
    name: row.name,
    scopes: SCOPES.filter((scope) => Array.isArray(scopes) && scopes.includes(scope)),
    createdAtMs: row.createdAtMs,
    expiresAtMs: row.expiresAtMs ?? undefined,
    revokedAtMs: row.revokedAtMs ?? undefined,
    lastUsedAtMs: row.lastUsedAtMs ?? undefined,
  };
}

function ofTheLibrary(): AppError {
  return new AppError('conflict', 'The API keys of a copy at the edge are those of its library.', {
    hint: 'Make or revoke it there, and push with --keys.',
  });
}
