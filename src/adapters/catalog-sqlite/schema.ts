import { blob, index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const videos = sqliteTable('videos', {
  /** Order of arrival. Lists and cursors go by it, not by a clock that may be wrong. */
  sequence: integer('sequence').primaryKey({ autoIncrement: true }),
  id: text('id').notNull().unique(),
  contentHash: text('content_hash').notNull().unique(),
  title: text('title').notNull(),
  sourcePath: text('source_path').notNull(),
  sizeBytes: integer('size_bytes').notNull(),
  container: text('container').notNull(),
  codec: text('codec').notNull(),
  width: integer('width').notNull(),
  height: integer('height').notNull(),
  durationSeconds: real('duration_seconds').notNull(),
  frameCount: integer('frame_count').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
});

export const clips = sqliteTable(
  'clips',
  {
    /** Label in the index; never used twice, so that "ids above n" always means "what came after". */
    id: integer('id').primaryKey({ autoIncrement: true }),
    videoId: text('video_id')
      .notNull()
      .references(() => videos.id, { onDelete: 'cascade' }),
    startSeconds: real('start_seconds').notNull(),
    endSeconds: real('end_seconds').notNull(),
    modelFingerprint: text('model_fingerprint').notNull(),
    /** float32, little endian. */
    vector: blob('vector', { mode: 'buffer' }).notNull(),
    /** SHA-256 over the columns before it but the id: SQLite does not see a flipped bit in a row. */
    checksum: blob('checksum', { mode: 'buffer' }).notNull(),
  },
  (table) => [
    index('clips_video_id').on(table.videoId),
    index('clips_model_fingerprint').on(table.modelFingerprint),
  ],
);

/** At most one row: the index file that counts. */
export const indexFiles = sqliteTable('index_files', {
  name: text('name').primaryKey(),
  sizeBytes: integer('size_bytes').notNull(),
  sha256: text('sha256').notNull(),
  clipCount: integer('clip_count').notNull(),
  modelFingerprint: text('model_fingerprint').notNull(),
});
