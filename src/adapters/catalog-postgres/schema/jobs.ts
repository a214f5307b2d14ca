import { boolean, doublePrecision, index, integer, json, pgTable, text } from 'drizzle-orm/pg-core';
import type { JobEventType, JobFailure, JobState } from '../../../domain/job.js';
import type { JsonObject } from '../../../domain/json.js';
import { whole } from './column-types.js';
import { videos } from './videos.js';

export const jobs = pgTable(
  'jobs',
  {
    /** Order of arrival: the oldest is claimed first, and lists and cursors go by it. */
    sequence: whole('sequence').primaryKey().generatedByDefaultAsIdentity(),
    id: text('id').notNull().unique(),
    kind: text('kind').notNull(),
    /** The video it is about, once that is known. No reference: a job about a video that is gone may go on being told. */
    videoId: text('video_id'),
    /** Not while another of its kind waits or runs. */
    isAlone: boolean('is_alone').notNull().default(false),
    payload: json('payload').$type<JsonObject>().notNull(),
    state: text('state').$type<JobState>().notNull(),
    /** How often it was claimed since it was queued or retried by hand. */
    attempts: integer('attempts').notNull().default(0),
    /** Pause before the next attempt. A length, not a time: who claims counts it on a clock that cannot be set. */
    retryDelayMs: whole('retry_delay_ms').notNull().default(0),
    /**
     * The lease: who works on it, and a number that grows while they live. Who sees it stand still for long enough, on
     * a clock that cannot be set, knows that the owner is dead.
     */
    leaseOwner: text('lease_owner'),
    heartbeats: whole('heartbeats').notNull().default(0),
    cancelRequested: boolean('cancel_requested').notNull().default(false),
    stage: text('stage'),
    percent: doublePrecision('percent').notNull().default(0),
    etaSeconds: doublePrecision('eta_seconds'),
    result: json('result').$type<JsonObject>(),
    failure: json('failure').$type<JobFailure>(),
    createdAtMs: whole('created_at_ms').notNull(),
    startedAtMs: whole('started_at_ms'),
    finishedAtMs: whole('finished_at_ms'),
  },
  (table) => [
    index('jobs_state').on(table.state, table.sequence),
    index('jobs_video_id').on(table.videoId, table.sequence),
  ],
);

/** What happened to a job, for those who listen. Progress is kept as the last of each stage only. */
export const jobEvents = pgTable(
  'job_events',
  {
    /** The id of the event in the stream: `Last-Event-ID` goes by it. */
    id: whole('id').primaryKey().generatedByDefaultAsIdentity(),
    jobId: text('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    type: text('type').$type<JobEventType>().notNull(),
    data: json('data').$type<JsonObject>().notNull(),
  },
  (table) => [index('job_events_job_id').on(table.jobId, table.id)],
);

/**
 * Requests that were answered with a job, or with a video that needs none, so that the same request gets the same answer.
 * Only the newest are kept.
 */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    sequence: whole('sequence').primaryKey().generatedByDefaultAsIdentity(),
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
