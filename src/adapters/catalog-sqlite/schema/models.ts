import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** At most one row: the model whose vectors are searched. Vectors of others are on their way in, or out. */
export const libraryModels = sqliteTable('library_models', {
  id: integer('id').primaryKey(),
  fingerprint: text('fingerprint').notNull(),
  /** Where its bundle was when somebody chose it; null for the one that was named on the command line. */
  bundleFolder: text('bundle_folder'),
});

/** The `id` of the row. */
export const ACTIVE = 1;
