import { and, desc, eq, isNull } from 'drizzle-orm';
import type { ApiKey } from '../../domain/api-key.js';
import { SCOPES } from '../../domain/scope.js';
import type { ApiKeyStore, StoredApiKey } from '../../ports/api-keys.js';
import type { PostgresDatabase } from './postgres-database.js';
import { apiKeys } from './schema/api-keys.js';

/** API keys in the database of the library, so that every process on it knows them. */
export class PostgresApiKeys implements ApiKeyStore {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async addKey(key: StoredApiKey): Promise<void> {
    const row = { ...key, scopes: [...key.scopes], secretHash: Buffer.from(key.secretHash) };
    await this.#database.run((database) => database.insert(apiKeys).values(row));
  }

  async findKey(id: string): Promise<StoredApiKey | undefined> {
    const [row] = await this.#database.run((database) =>
      database.select().from(apiKeys).where(eq(apiKeys.id, id)),
    );
    return row && { ...fromRow(row), secretHash: row.secretHash };
  }

  async listKeys(): Promise<ApiKey[]> {
    const rows = await this.#database.run((database) =>
      database.select().from(apiKeys).orderBy(desc(apiKeys.createdAtMs), desc(apiKeys.sequence)),
    );
    return rows.map(fromRow);
  }

  revokeKey(id: string, atMs: number): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const firstTime = and(eq(apiKeys.id, id), isNull(apiKeys.revokedAtMs));
      await transaction.update(apiKeys).set({ revokedAtMs: atMs }).where(firstTime);
      const found = await transaction.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.id, id));
      return found.length > 0;
    });
  }

  async recordUse(id: string, atMs: number): Promise<void> {
    await this.#database.run((database) =>
      database.update(apiKeys).set({ lastUsedAtMs: atMs }).where(eq(apiKeys.id, id)),
    );
  }
}

function fromRow(row: typeof apiKeys.$inferSelect): ApiKey {
  return {
    id: row.id,
    name: row.name,
    // A scope that a newer version gave and this one does not know opens nothing.
    scopes: SCOPES.filter((scope) => row.scopes.includes(scope)),
    createdAtMs: row.createdAtMs,
    expiresAtMs: row.expiresAtMs ?? undefined,
    revokedAtMs: row.revokedAtMs ?? undefined,
    lastUsedAtMs: row.lastUsedAtMs ?? undefined,
  };
}
