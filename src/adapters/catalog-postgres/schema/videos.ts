import { doublePrecision, index, integer, json, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { JsonObject } from '../../../domain/json.js';
import type { VideoStatus } from '../../../domain/video.js';
import { bytea, whole } from './column-types.js';

export const videos = pgTable(
  'videos',
  {
    /** Order of arrival. Lists and cursors go by it, not by a clock that may be wrong. */
    sequence: whole('sequence').primaryKey().generatedByDefaultAsIdentity(),
    id: text('id').notNull().unique(),
    contentHash: text('content_hash').notNull().unique(),
    status: text('status').$type<VideoStatus>().notNull(),
    title: text('title').notNull(),
    description: text('description').notNull().default(''),
    tags: text('tags').array().notNull().default([]),
    // Not jsonb: that takes no NUL, and gives keys back in another order.
    metadata: json('metadata').$type<JsonObject>().notNull().default({}),
    sourcePath: text('source_path').notNull(),
    /** Null when the file is left where it is, at `source_path`. */
    blobKey: text('blob_key').unique(),
    sizeBytes: whole('size_bytes').notNull(),
    // What probing found out; null until then.
    container: text('container'),
    codec: text('codec'),
    width: integer('width'),
    height: integer('height'),
    durationSeconds: doublePrecision('duration_seconds'),
    frameCount: integer('frame_count'),
    createdAtMs: whole('created_at_ms').notNull(),
    updatedAtMs: whole('updated_at_ms').notNull(),
    /** Counts changes, for ETag and If-Match: two changes within a millisecond differ. */
    revision: integer('revision').notNull().default(1),
  },
  (table) => [index('videos_status').on(table.status), index('videos_tags').using('gin', table.tags)],
);

export const clips = pgTable(
  'clips',
  {
    /** Label in the index; never used twice, and committed in order, so that "ids above n" always means "what came after". */
    id: whole('id').primaryKey().generatedByDefaultAsIdentity(),
    videoId: text('video_id')
      .notNull()
      .references(() => videos.id, { onDelete: 'cascade' }),
    startSeconds: doublePrecision('start_seconds').notNull(),
    endSeconds: doublePrecision('end_seconds').notNull(),
    modelFingerprint: text('model_fingerprint').notNull(),
    /** float32, little endian: the vector as it was computed. What is searched is made of it. */
    vector: bytea('vector').notNull(),
    /** SHA-256 over the columns before it but the id. */
    checksum: bytea('checksum').notNull(),
  },
  (table) => [
    index('clips_video_id_model_fingerprint').on(table.videoId, table.modelFingerprint),
    uniqueIndex('clips_model_fingerprint_id').on(table.modelFingerprint, table.id),
  ],
);
