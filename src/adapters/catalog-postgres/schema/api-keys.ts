import { json, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, whole } from './column-types.js';

export const apiKeys = pgTable('api_keys', {
  /** Order of arrival: a clock may stand still, or go back. */
  sequence: whole('sequence').notNull().generatedByDefaultAsIdentity(),
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  scopes: json('scopes').$type<string[]>().notNull(),
  /** SHA-256, 32 bytes. */
  secretHash: bytea('secret_hash').notNull(),
  createdAtMs: whole('created_at_ms').notNull(),
  expiresAtMs: whole('expires_at_ms'),
  revokedAtMs: whole('revoked_at_ms'),
  lastUsedAtMs: whole('last_used_at_ms'),
});
