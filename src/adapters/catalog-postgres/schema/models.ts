import { doublePrecision, integer, pgTable, text } from 'drizzle-orm/pg-core';

/** At most one row: the model whose vectors are searched. Vectors of others are on their way in, or out. */
export const libraryModels = pgTable('library_models', {
  id: integer('id').primaryKey(),
  fingerprint: text('fingerprint').notNull(),
  /** Where its bundle was when somebody chose it; null for the one that was named on the command line. */
  bundleFolder: text('bundle_folder'),
});

/** The `id` of the row. */
export const ACTIVE = 1;

/** A table of vectors that can be searched, for each model. The tables are made when a model is first used. */
export const clipIndexes = pgTable('clip_indexes', {
  modelFingerprint: text('model_fingerprint').primaryKey(),
  /** Name of the table. */
  name: text('name').notNull(),
  dimension: integer('dimension').notNull(),
  /** Bounds how far half precision can be off. */
  largestNorm: doublePrecision('largest_norm').notNull().default(0),
});
