import { desc, eq } from 'drizzle-orm';
import type { Job, JobEventType } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';
import type { NewJob } from '../../ports/job-queue.js';
import type { Transaction } from './library-database.js';
import { jobEvents, jobs } from './schema/jobs.js';

/** The columns of a `Job`. */
export const jobColumns = {
  id: jobs.id,
  kind: jobs.kind,
  videoId: jobs.videoId,
  payload: jobs.payload,
  state: jobs.state,
  attempts: jobs.attempts,
  cancelRequested: jobs.cancelRequested,
  stage: jobs.stage,
  percent: jobs.percent,
  etaSeconds: jobs.etaSeconds,
  result: jobs.result,
  failure: jobs.failure,
  createdAtMs: jobs.createdAtMs,
  startedAtMs: jobs.startedAtMs,
  finishedAtMs: jobs.finishedAtMs,
};

export function insertJob(transaction: Transaction, job: NewJob, videoId: string | null): Job {
  const inserted = transaction
    .insert(jobs)
    .values({ ...job, videoId, state: 'queued', createdAtMs: Date.now() })
    .returning(jobColumns)
    .get();
  insertEvent(transaction, job.id, 'state', stateEvent(inserted));
  return inserted;
}

export function insertEvent(
  transaction: Transaction,
  jobId: string,
  type: JobEventType,
  data: JsonObject,
): void {
  transaction.insert(jobEvents).values({ jobId, type, data }).run();
}

/** What a `state` event says. */
export function stateEvent({ state, attempts, failure, result }: Job): JsonObject {
  return { state, attempts, failure, result };
}

export function lastJobOfVideo(transaction: Transaction, videoId: string): Job | undefined {
  return transaction
    .select(jobColumns)
    .from(jobs)
    .where(eq(jobs.videoId, videoId))
    .orderBy(desc(jobs.sequence))
    .limit(1)
    .get();
}

/** Says which video a job is about, once that is known. */
export function assignVideo(transaction: Transaction, jobId: string, videoId: string): Job | undefined {
  const assigned = transaction
    .update(jobs)
    .set({ videoId })
    .where(eq(jobs.id, jobId))
    .returning(jobColumns)
    .get();
  if (assigned !== undefined) insertEvent(transaction, jobId, 'video', { videoId });
  return assigned;
}
