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
import { lockName } from './locks.js';
import type { Transaction } from './postgres-database.js';
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

export async function insertJob(
  transaction: Transaction,
  newJob: NewJob,
  videoId: string | null,
): Promise<Job> {
  const { idempotency, ...job } = newJob;
  if (job.isAlone) await assertNoneUnderWay(transaction, job.kind);
  const [inserted] = await transaction
    .insert(jobs)
    .values({ ...job, videoId, state: 'queued', createdAtMs: Date.now() })
    .returning(jobColumns);
  await insertEvent(transaction, job.id, 'state', stateEvent(inserted!));
  await rememberRequest(transaction, newJob, { jobId: job.id });
  return inserted!;
}

/** From here on the same request under the same key is answered with this job, or this video, which needs none. */
export async function rememberRequest(
  transaction: Transaction,
  { idempotency }: NewJob,
  answer: { jobId: string } | { videoId: string },
): Promise<void> {
  if (idempotency === undefined) return;
  const { sequence } = idempotencyKeys;
  const [remembered] = await transaction
    .insert(idempotencyKeys)
    .values({ ...idempotency, ...answer })
    .returning({ sequence });
  await transaction
    .delete(idempotencyKeys)
    .where(lte(sequence, remembered!.sequence - KEPT_IDEMPOTENCY_KEYS));
}

/** @throws AppError `conflict` for a job that goes alone, while another of its kind waits or runs. */
export async function assertMayGo(transaction: Transaction, { id, kind }: Job): Promise<void> {
  const [row] = await transaction.select({ isAlone: jobs.isAlone }).from(jobs).where(eq(jobs.id, id));
  if (row?.isAlone) await assertNoneUnderWay(transaction, kind);
}

/** @throws AppError `conflict` while another of the kind waits or runs. */
async function assertNoneUnderWay(transaction: Transaction, kind: string): Promise<void> {
  await lockName(transaction, `only job of the kind ${kind}`);
  const [other] = await transaction
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.kind, kind), inArray(jobs.state, ['queued', 'running'])))
    .limit(1);
  if (other !== undefined) throw goesAlone(kind, other.id);
}

/**
 * What an earlier request under the same key was answered with. Whoever asks under the same key at once waits for the end
 * of this transaction.
 * @throws AppError `conflict` when that was another request.
 */
export async function earlierAnswer(
  transaction: Transaction,
  { idempotency }: NewJob,
): Promise<EarlierAnswer | undefined> {
  if (idempotency === undefined) return undefined;
  const { key, requestHash } = idempotency;
  await lockName(transaction, `idempotency key ${key}`);
  const [found] = await transaction.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, key));
  if (found === undefined) return undefined;
  if (found.requestHash !== requestHash) throw keyTaken(key);
  const { jobId, videoId } = found;
  const [job] =
    jobId === null ? [] : await transaction.select(jobColumns).from(jobs).where(eq(jobs.id, jobId));
  return { job, videoId: job?.videoId ?? videoId };
}

/**
 * Whoever tells of a job has changed its row in the same transaction, and so tells in turn: events become visible in the
 * order of their ids.
 */
export async function insertEvent(
  transaction: Transaction,
  jobId: string,
  type: JobEventType,
  data: JsonObject,
): Promise<void> {
  await transaction.insert(jobEvents).values({ jobId, type, data });
}

/** The job that waits or runs for a video; there is at most one. */
export async function activeJobOfVideo(transaction: Transaction, videoId: string): Promise<Job | undefined> {
  const [job] = await transaction
    .select(jobColumns)
    .from(jobs)
    .where(and(eq(jobs.videoId, videoId), inArray(jobs.state, ['queued', 'running'])))
    .limit(1);
  return job;
}

export async function lastJobOfVideo(transaction: Transaction, videoId: string): Promise<Job | undefined> {
  const [job] = await transaction
    .select(jobColumns)
    .from(jobs)
    .where(eq(jobs.videoId, videoId))
    .orderBy(desc(jobs.sequence))
    .limit(1);
  return job;
}

/** Says which video a job is about, once that is known. */
export async function assignVideo(
  transaction: Transaction,
  jobId: string,
  videoId: string,
): Promise<Job | undefined> {
  const [assigned] = await transaction
    .update(jobs)
    .set({ videoId })
    .where(eq(jobs.id, jobId))
    .returning(jobColumns);
  if (assigned !== undefined) await insertEvent(transaction, jobId, 'video', { videoId });
  return assigned;
}
