import { and, desc, eq, inArray, lte } from 'drizzle-orm';
import type { Job, JobEventType } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';
import type { NewJob } from '../../ports/job-queue.js';
import {
  type EarlierAnswer,
  goesAlone,
  KEPT_IDEMPOTENCY_KEYS,
  keyTaken,
  stateEvent,
} from '../catalog-parts/job-stories.js';
import type { Transaction } from './library-database.js';
import { idempotencyKeys, jobEvents, jobs } from './schema/jobs.js';

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

export function insertJob(transaction: Transaction, newJob: NewJob, videoId: string | null): Job {
  const { idempotency, ...job } = newJob;
  if (job.isAlone) assertNoneUnderWay(transaction, job.kind);
  const inserted = transaction
    .insert(jobs)
    .values({ ...job, videoId, state: 'queued', createdAtMs: Date.now() })
    .returning(jobColumns)
    .get();
  insertEvent(transaction, job.id, 'state', stateEvent(inserted));
  rememberRequest(transaction, newJob, { jobId: job.id });
  return inserted;
}

/** From here on the same request under the same key is answered with this job, or this video, which needs none. */
export function rememberRequest(
  transaction: Transaction,
  { idempotency }: NewJob,
  answer: { jobId: string } | { videoId: string },
): void {
  if (idempotency === undefined) return;
  const { lastInsertRowid } = transaction
    .insert(idempotencyKeys)
    .values({ ...idempotency, ...answer })
    .run();
  transaction
    .delete(idempotencyKeys)
    .where(lte(idempotencyKeys.sequence, Number(lastInsertRowid) - KEPT_IDEMPOTENCY_KEYS))
    .run();
}

/** @throws AppError `conflict` for a job that goes alone, while another of its kind waits or runs. */
export function assertMayGo(transaction: Transaction, { id, kind }: Job): void {
  const row = transaction.select({ isAlone: jobs.isAlone }).from(jobs).where(eq(jobs.id, id)).get();
  if (row?.isAlone) assertNoneUnderWay(transaction, kind);
}

/** @throws AppError `conflict` while another of the kind waits or runs. */
function assertNoneUnderWay(transaction: Transaction, kind: string): void {
  const other = transaction
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.kind, kind), inArray(jobs.state, ['queued', 'running'])))
    .get();
  if (other !== undefined) throw goesAlone(kind, other.id);
}

/**
 * What an earlier request under the same key was answered with.
 * @throws AppError `conflict` when that was another request.
 */
export function earlierAnswer(transaction: Transaction, { idempotency }: NewJob): EarlierAnswer | undefined {
  if (idempotency === undefined) return undefined;
  const { key, requestHash } = idempotency;
  const found = transaction.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key)).get();
  if (found === undefined) return undefined;
  if (found.requestHash !== requestHash) throw keyTaken(key);
  const { jobId, videoId } = found;
  const job =
    jobId === null ? undefined : transaction.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)).get();
  return { job, videoId: job?.videoId ?? videoId };
}

export function insertEvent(
  transaction: Transaction,
  jobId: string,
  type: JobEventType,
  data: JsonObject,
): void {
  transaction.insert(jobEvents).values({ jobId, type, data }).run();
}

/** The job that waits or runs for a video; there is at most one. */
export function activeJobOfVideo(transaction: Transaction, videoId: string): Job | undefined {
  return transaction
    .select(jobColumns)
    .from(jobs)
    .where(and(eq(jobs.videoId, videoId), inArray(jobs.state, ['queued', 'running'])))
    .get();
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
