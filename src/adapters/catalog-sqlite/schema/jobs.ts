import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { JobEventType, JobFailure, JobState } from '../../../domain/job.js';
import type { JsonObject } from '../../../domain/json.js';
import { videos } from './videos.js';

export const jobs = sqliteTable(
  'jobs',
  {
    /** Order of arrival: the oldest is claimed first, and lists and cursors go by it. */
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    kind: text('kind').notNull(),
    /** The video it is about, once that is known. No reference: a job about a video that is gone may go on being told. */
    videoId: text('video_id'),
    /** Not while another of its kind waits or runs. */
    isAlone: integer('is_alone', { mode: 'boolean' }).notNull().default(false),
    payload: text('payload', { mode: 'json' }).$type<JsonObject>().notNull(),
    state: text('state').$type<JobState>().notNull(),
    /** How often it was claimed since it was queued or retried by hand. */
    attempts: integer('attempts').notNull().default(0),
    /** Pause before the next attempt. A length, not a time: who claims counts it on a clock that cannot be set. */
    retryDelayMs: integer('retry_delay_ms').notNull().default(0),
    /**
     * The lease: who works on it, and a number that grows while they live. Who sees it stand still for long enough, on
     * a clock that cannot be set, knows that the owner is dead.
     */
    leaseOwner: text('lease_owner'),
    heartbeats: integer('heartbeats').notNull().default(0),
    cancelRequested: integer('cancel_requested', { mode: 'boolean' }).notNull().default(false),
    stage: text('stage'),
    percent: real('percent').notNull().default(0),
    etaSeconds: real('eta_seconds'),
    result: text('result', { mode: 'json' }).$type<JsonObject>(),
    failure: text('failure', { mode: 'json' }).$type<JobFailure>(),
    createdAtMs: integer('created_at_ms').notNull(),
    startedAtMs: integer('started_at_ms'),
    finishedAtMs: integer('finished_at_ms'),
  },
  (table) => [
    index('jobs_state').on(table.state, table.sequence),
    index('jobs_video_id').on(table.videoId, table.sequence),
  ],
);

/** What happened to a job, for those who listen. Progress is kept as the last of each stage only. */
export const jobEvents = sqliteTable(
  'job_events',
  {
    /** The id of the event in the stream: `Last-Event-ID` goes by it. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    jobId: text('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    type: text('type').$type<JobEventType>().notNull(),
    data: text('data', { mode: 'json' }).$type<JsonObject>().notNull(),
  },
  (table) => [index('job_events_job_id').on(table.jobId, table.id)],
);

/**
 * Requests that were answered with a job, or with a video that needs none, so that the same request gets the same answer.
 * Only the newest are kept.
 */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    sequence: integer('sequence').primaryKey({ autoIncrement: true }),
    key: text('key').notNull().unique(),
    /** SHA-256 over what was asked for: another request under the same key is a mistake. */
    requestHash: text('request_hash').notNull(),
    jobId: text('job_id').references(() => jobs.id, { onDelete: 'cascade' }),
    videoId: text('video_id').references(() => videos.id, { onDelete: 'cascade' }),
  },
  (table) => [
    index('idempotency_keys_job_id').on(table.jobId),
    index('idempotency_keys_video_id').on(table.videoId),
  ],
);
