import { and, eq, inArray, lte, notExists, notInArray, type SQL, sql } from 'drizzle-orm';
import type { Job, JobEndState, JobFailure } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';
import { stateEvent } from '../catalog-parts/job-stories.js';
import { insertEvent, jobColumns } from './job-rows.js';
import type { Transaction } from './library-database.js';
import { jobs } from './schema/jobs.js';
import { videos } from './schema/videos.js';
import { enqueueDeliveries } from './webhook-rows.js';

export interface JobEnd {
  state: JobEndState;
  result?: JsonObject;
  failure?: JobFailure;
}

/** Ends a job: tells its listeners and webhooks, and marks as failed the video that nobody works on any more. */
export function endJob(transaction: Transaction, jobId: string, { state, result, failure }: JobEnd): Job {
  const ended = transaction
    .update(jobs)
    .set({
      state,
      result: result ?? null,
      failure: failure ?? null,
      leaseOwner: null,
      cancelRequested: false,
      retryDelayMs: 0,
      etaSeconds: null,
      finishedAtMs: Date.now(),
      ...(state === 'succeeded' ? { percent: 100 } : {}),
    })
    .where(eq(jobs.id, jobId))
    .returning(jobColumns)
    .get()!;
  insertEvent(transaction, jobId, 'state', stateEvent(ended));
  if (ended.videoId !== null) failAbandonedVideo(transaction, ended.videoId);
  enqueueDeliveries(transaction, ended);
  return ended;
}

/** Forgets jobs that are over, with their events, but for those of the newest. */
export function forgetOldJobs(transaction: Transaction, kept: number): void {
  const old = lte(jobs.sequence, sql`(select max(sequence) from jobs) - ${kept}`);
  transaction
    .delete(jobs)
    .where(and(old, notInArray(jobs.state, ['queued', 'running'])))
    .run();
}

function failAbandonedVideo(transaction: Transaction, videoId: string): void {
  const working = transaction
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.videoId, videoId), inArray(jobs.state, ['queued', 'running'])));
  transaction
    .update(videos)
    .set({ status: 'failed', ...touched() })
    .where(and(eq(videos.id, videoId), eq(videos.status, 'processing'), notExists(working)))
    .run();
}

export interface Requeue {
  attempts?: number | SQL;
  retryDelayMs?: number;
  failure?: JobFailure | null;
}

/** Puts a job back into the queue, and its video under way again; one that was asked to stop ends instead. */
export function requeueJob(transaction: Transaction, jobId: string, changes: Requeue): Job {
  const asked = transaction
    .select({ cancelRequested: jobs.cancelRequested })
    .from(jobs)
    .where(eq(jobs.id, jobId))
    .get();
  if (asked?.cancelRequested) return endJob(transaction, jobId, { state: 'cancelled' });
  const queued = transaction
    .update(jobs)
    .set({ state: 'queued', leaseOwner: null, etaSeconds: null, finishedAtMs: null, ...changes })
    .where(eq(jobs.id, jobId))
    .returning(jobColumns)
    .get()!;
  insertEvent(transaction, jobId, 'state', stateEvent(queued));
  if (queued.videoId !== null) {
    transaction
      .update(videos)
      .set({ status: 'processing', ...touched() })
      .where(and(eq(videos.id, queued.videoId), eq(videos.status, 'failed')))
      .run();
  }
  return queued;
}

/** The condition under which what an owner says of a job counts. */
export function ownedBy(jobId: string, owner: string): SQL | undefined {
  return and(eq(jobs.id, jobId), eq(jobs.state, 'running'), eq(jobs.leaseOwner, owner));
}

/** Set with every change of a video. */
export const touched = () => ({ updatedAtMs: Date.now(), revision: sql`${videos.revision} + 1` });
