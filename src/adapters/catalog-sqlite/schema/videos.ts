import { blob, index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { JsonObject } from '../../../domain/json.js';
import type { VideoStatus } from '../../../domain/video.js';

export const videos = sqliteTable(
  'videos',
  {
    /** Order of arrival. Lists and cursors go by it, not by a clock that may be wrong. */
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    contentHash: text('content_hash').notNull().unique(),
    status: text('status').$type<VideoStatus>().notNull(),
    title: text('title').notNull(),
    description: text('description').notNull().default(''),
    tags: text('tags', { mode: 'json' }).$type<string[]>().notNull().default([]),
    metadata: text('metadata', { mode: 'json' }).$type<JsonObject>().notNull().default({}),
    sourcePath: text('source_path').notNull(),
    /** Null when the file is left where it is, at `source_path`. */
    blobKey: text('blob_key').unique(),
    sizeBytes: integer('size_bytes').notNull(),
    // What probing found out; null until then.
    container: text('container'),
    codec: text('codec'),
    width: integer('width'),
    height: integer('height'),
    durationSeconds: real('duration_seconds'),
    frameCount: integer('frame_count'),
    createdAtMs: integer('created_at_ms').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
    /** Counts changes, for ETag and If-Match: two changes within a millisecond differ. */
    revision: integer('revision').notNull().default(1),
  },
  (table) => [index('videos_status').on(table.status)],
);

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
    // With the model: by either alone, SQLite would take the other's index and walk every clip of the library.
    index('clips_video_id_model_fingerprint').on(table.videoId, table.modelFingerprint),
    index('clips_model_fingerprint').on(table.modelFingerprint),
  ],
);
