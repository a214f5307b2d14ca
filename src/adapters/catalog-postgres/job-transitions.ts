import { and, eq, inArray, lte, notExists, notInArray, type SQL, sql } from 'drizzle-orm';
import type { Job, JobEndState, JobFailure } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';
import { stateEvent } from '../catalog-parts/job-stories.js';
import { insertEvent, jobColumns } from './job-rows.js';
import type { Transaction } from './postgres-database.js';
import { jobs } from './schema/jobs.js';
import { videos } from './schema/videos.js';
import { enqueueDeliveries } from './webhook-rows.js';

export interface JobEnd {
  state: JobEndState;
  result?: JsonObject;
  failure?: JobFailure;
}

/** Ends a job: tells its listeners and webhooks, and marks as failed the video that nobody works on any more. */
export async function endJob(
  transaction: Transaction,
  jobId: string,
  { state, result, failure }: JobEnd,
): Promise<Job> {
  const [ended] = await transaction
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
    .returning(jobColumns);
  await insertEvent(transaction, jobId, 'state', stateEvent(ended!));
  if (ended!.videoId !== null) await failAbandonedVideo(transaction, ended!.videoId);
  await enqueueDeliveries(transaction, ended!);
  return ended!;
}

/** Forgets jobs that are over, with their events, but for those of the newest. */
export async function forgetOldJobs(transaction: Transaction, kept: number): Promise<void> {
  const old = lte(jobs.sequence, sql`(select max(sequence) from jobs) - ${kept}`);
  await transaction.delete(jobs).where(and(old, notInArray(jobs.state, ['queued', 'running'])));
}

async function failAbandonedVideo(transaction: Transaction, videoId: string): Promise<void> {
  const working = transaction
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.videoId, videoId), inArray(jobs.state, ['queued', 'running'])));
  await transaction
    .update(videos)
    .set({ status: 'failed', ...touched() })
    .where(and(eq(videos.id, videoId), eq(videos.status, 'processing'), notExists(working)));
}

export interface Requeue {
  attempts?: number | SQL;
  retryDelayMs?: number;
  failure?: JobFailure | null;
}

/** Puts a job, whose row is locked, back into the queue, and its video under way again; one that was asked to stop ends instead. */
export async function requeueJob(transaction: Transaction, jobId: string, changes: Requeue): Promise<Job> {
  const [asked] = await transaction
    .select({ cancelRequested: jobs.cancelRequested })
    .from(jobs)
    .where(eq(jobs.id, jobId));
  if (asked?.cancelRequested) return endJob(transaction, jobId, { state: 'cancelled' });
  const [queued] = await transaction
    .update(jobs)
    .set({ state: 'queued', leaseOwner: null, etaSeconds: null, finishedAtMs: null, ...changes })
    .where(eq(jobs.id, jobId))
    .returning(jobColumns);
  const { videoId } = queued!;
  await insertEvent(transaction, jobId, 'state', stateEvent(queued!));
  if (videoId !== null) {
    await transaction
      .update(videos)
      .set({ status: 'processing', ...touched() })
      .where(and(eq(videos.id, videoId), eq(videos.status, 'failed')));
  }
  return queued!;
}

/** The condition under which what an owner says of a job counts. */
export function ownedBy(jobId: string, owner: string): SQL | undefined {
  return and(eq(jobs.id, jobId), eq(jobs.state, 'running'), eq(jobs.leaseOwner, owner));
}

/** Set with every change of a video. */
export const touched = () => ({ updatedAtMs: Date.now(), revision: sql`${videos.revision} + 1` });
