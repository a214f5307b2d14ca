import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { ApiKey } from '../../domain/api-key.js';
import { SCOPES } from '../../domain/scope.js';
import type { ApiKeyStore, StoredApiKey } from '../../ports/api-keys.js';
import { apiKeys } from './schema/api-keys.js';
import type { SqliteRunner } from './sqlite-runner.js';

/** API keys in the database of the library, so that they go where it goes. */
export class SqliteApiKeys implements ApiKeyStore {
  readonly #database: SqliteRunner;

  constructor(database: SqliteRunner) {
    this.#database = database;
  }

  async addKey(key: StoredApiKey): Promise<void> {
    const row = { ...key, scopes: [...key.scopes], secretHash: Buffer.from(key.secretHash) };
    await this.#database.run((database) => database.insert(apiKeys).values(row).run());
  }

  async findKey(id: string): Promise<StoredApiKey | undefined> {
    const row = await this.#database.run((database) =>
      database.select().from(apiKeys).where(eq(apiKeys.id, id)).get(),
    );
    return row && { ...fromRow(row), secretHash: row.secretHash };
  }

  async listKeys(): Promise<ApiKey[]> {
    const newestFirst = [desc(apiKeys.createdAtMs), sql`rowid desc`];
    const rows = await this.#database.run((database) =>
      database
        .select()
        .from(apiKeys)
        .orderBy(...newestFirst)
        .all(),
    );
    return rows.map(fromRow);
  }

  async revokeKey(id: string, atMs: number): Promise<boolean> {
    const firstTime = and(eq(apiKeys.id, id), isNull(apiKeys.revokedAtMs));
    await this.#database.run((database) =>
      database.update(apiKeys).set({ revokedAtMs: atMs }).where(firstTime).run(),
    );
    return (await this.findKey(id)) !== undefined;
  }

  async recordUse(id: string, atMs: number): Promise<void> {
    await this.#database.run((database) =>
      database.update(apiKeys).set({ lastUsedAtMs: atMs }).where(eq(apiKeys.id, id)).run(),
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
