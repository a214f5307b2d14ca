import { blob, index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { ModelInfo } from '../../../ports/encoders.js';
import { videos } from './videos.js';

// What a copy of a library at the edge (docs/edge.md) keeps beside the library's own tables. Elsewhere these are empty.

/** At most one row, there since the first push. */
export const edgeLibrary = sqliteTable('edge_library', {
  id: integer('id').primaryKey(),
  /** Number of the last push that began: those before it are refused from then on. */
  push: integer('push').notNull(),
  /** Grows with every change that readers can see. */
  version: integer('version').notNull(),
  // What the publisher measured, for readers who have no encoder; null until it was pushed.
  model: text('model', { mode: 'json' }).$type<ModelInfo>(),
  /** Best scores of unrelated texts in this library, ascending. */
  relevance: text('relevance', { mode: 'json' }).$type<number[]>(),
  captions: text('captions', { mode: 'json' }).$type<string[]>(),
  /** float32, little endian, of each caption: [captions, dimension]. */
  captionVectors: blob('caption_vectors', { mode: 'buffer' }),
  /** Of the four before, as the publisher counts it. */
  factsChecksum: text('facts_checksum'),
  pushedAtMs: integer('pushed_at_ms'),
});

/** What was pushed of each video, beside its clips. */
export const edgeVideos = sqliteTable('edge_videos', {
  videoId: text('video_id')
    .primaryKey()
    .references(() => videos.id, { onDelete: 'cascade' }),
  /** Of what people say about it, as the publisher counts it. */
  checksum: text('checksum').notNull(),
  /** Key of the object that holds its pictures; null when it has none. */
  pictureKey: text('picture_key'),
  /** Of each picture in it, ascending: its time, where it begins and how long it is. */
  pictures: text('pictures', { mode: 'json' })
    .$type<[atMs: number, offset: number, sizeBytes: number][]>()
    .notNull()
    .default([]),
});

/** What was pushed of the clips of each video, for each model. */
export const edgeClipSets = sqliteTable(
  'edge_clip_sets',
  {
    videoId: text('video_id')
      .notNull()
      .references(() => videos.id, { onDelete: 'cascade' }),
    modelFingerprint: text('model_fingerprint').notNull(),
    /** As the publisher counts it. */
    checksum: text('checksum').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.videoId, table.modelFingerprint] }),
    index('edge_clip_sets_model_fingerprint').on(table.modelFingerprint),
  ],
);

/** The vectors of up to 128 clips of a video in 8 bits a number, to be searched in memory. A row never changes. */
export const edgeVectorBlocks = sqliteTable(
  'edge_vector_blocks',
  {
    /** Never used twice: who has a block need not read it again. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    videoId: text('video_id')
      .notNull()
      .references(() => videos.id, { onDelete: 'cascade' }),
    modelFingerprint: text('model_fingerprint').notNull(),
    /** float64, little endian: [n]. */
    clipIds: blob('clip_ids', { mode: 'buffer' }).notNull(),
    /** float32, little endian: [n]. A vector is about its codes times its scale. */
    scales: blob('scales', { mode: 'buffer' }).notNull(),
    /** float32, little endian: [n]. Length of what that leaves out. */
    errors: blob('errors', { mode: 'buffer' }).notNull(),
    /** int8: [n, dimension]. */
    codes: blob('codes', { mode: 'buffer' }).notNull(),
  },
  (table) => [
    index('edge_vector_blocks_video_id').on(table.videoId, table.modelFingerprint),
    index('edge_vector_blocks_model_fingerprint').on(table.modelFingerprint),
  ],
);

/** Clips on their way in, which nobody sees until all of their video are there. */
export const edgeStagedClips = sqliteTable(
  'edge_staged_clips',
  {
    id: integer('id').primaryKey(),
    videoId: text('video_id').notNull(),
    startSeconds: real('start_seconds').notNull(),
    endSeconds: real('end_seconds').notNull(),
    vector: blob('vector', { mode: 'buffer' }).notNull(),
    checksum: blob('checksum', { mode: 'buffer' }).notNull(),
    caption: text('caption'),
    captionModel: text('caption_model'),
    captionCreatedAtMs: integer('caption_created_at_ms'),
  },
  (table) => [index('edge_staged_clips_video_id').on(table.videoId)],
);

/** The blocks of those clips. */
export const edgeStagedBlocks = sqliteTable(
  'edge_staged_blocks',
  {
    videoId: text('video_id').notNull(),
    part: integer('part').notNull(),
    clipIds: blob('clip_ids', { mode: 'buffer' }).notNull(),
    scales: blob('scales', { mode: 'buffer' }).notNull(),
    errors: blob('errors', { mode: 'buffer' }).notNull(),
    codes: blob('codes', { mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.videoId, table.part] })],
);

/** Large files that come in parts, and of which not all are there. */
export const edgeUploads = sqliteTable('edge_uploads', {
  contentHash: text('content_hash').primaryKey(),
  /** What the object store calls it. */
  uploadId: text('upload_id').notNull(),
  partBytes: integer('part_bytes').notNull(),
});

export const edgeUploadParts = sqliteTable(
  'edge_upload_parts',
  {
    contentHash: text('content_hash')
      .notNull()
      .references(() => edgeUploads.contentHash, { onDelete: 'cascade' }),
    /** From 1. */
    part: integer('part').notNull(),
    /** Hex. */
    sha256: text('sha256').notNull(),
    /** The object store asks for it when the parts are put together. */
    etag: text('etag').notNull(),
  },
  (table) => [primaryKey({ columns: [table.contentHash, table.part] })],
);
