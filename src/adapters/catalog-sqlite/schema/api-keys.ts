import { blob, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** JSON array. */
  scopes: text('scopes', { mode: 'json' }).$type<string[]>().notNull(),
  /** SHA-256, 32 bytes. */
  secretHash: blob('secret_hash', { mode: 'buffer' }).notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  expiresAtMs: integer('expires_at_ms'),
  revokedAtMs: integer('revoked_at_ms'),
  lastUsedAtMs: integer('last_used_at_ms'),
});
