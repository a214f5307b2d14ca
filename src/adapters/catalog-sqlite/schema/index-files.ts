import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** At most one row a model: the index file that counts. */
export const indexFiles = sqliteTable('index_files', {
  name: text('name').primaryKey(),
  sizeBytes: integer('size_bytes').notNull(),
  sha256: text('sha256').notNull(),
  clipCount: integer('clip_count').notNull(),
  modelFingerprint: text('model_fingerprint').notNull(),
});
