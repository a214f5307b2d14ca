import { and, asc, count, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.js';
import {
  isEndState,
  type Job,
  type JobEvent,
  type JobFailure,
  type JobProgress,
  type JobState,
  KEPT_JOBS,
  MAX_ATTEMPTS,
} from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';
import type {
  FailureVerdict,
  JobFilter,
  JobPage,
  JobQueue,
  LeaseState,
  NewJob,
  Recovery,
} from '../../ports/job-queue.js';
import { parseCursor, toPage } from '../catalog-parts/cursors.js';
import { LEASE_MS, neverEnded, stateEvent } from '../catalog-parts/job-stories.js';
import { type MonotonicClock, MonotonicWaits } from '../catalog-parts/monotonic-waits.js';
import { assertMayGo, earlierAnswer, insertEvent, insertJob, jobColumns } from './job-rows.js';
import { endJob, forgetOldJobs, type JobEnd, ownedBy, type Requeue, requeueJob } from './job-transitions.js';
import type { LibraryDatabase, Transaction } from './library-database.js';
import { jobEvents, jobs } from './schema/jobs.js';

/** Events read at once for a listener. */
const EVENT_BATCH = 100;

export interface SqliteJobQueueOptions {
  leaseMs?: number;
  maxAttempts?: number;
  /** Jobs that are over are forgotten when so many came after them. */
  keptJobs?: number | undefined;
  clock?: MonotonicClock;
}

/** Jobs in the SQLite file of a library, so that a job and what it is about are stored together. */
export class SqliteJobQueue implements JobQueue {
  readonly #database: LibraryDatabase;
  readonly #leaseMs: number;
  readonly #maxAttempts: number;
  readonly #keptJobs: number;
  readonly #pauses: MonotonicWaits;
  readonly #leases: MonotonicWaits;

  constructor(database: LibraryDatabase, options: SqliteJobQueueOptions = {}) {
    const clock = options.clock ?? (() => performance.now());
    this.#database = database;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS;
    this.#keptJobs = options.keptJobs ?? KEPT_JOBS;
    this.#pauses = new MonotonicWaits(clock);
    this.#leases = new MonotonicWaits(clock);
  }

  async enqueue(job: NewJob): Promise<Job> {
    return this.#write(
      (transaction) => earlierAnswer(transaction, job)?.job ?? insertJob(transaction, job, null),
    );
  }

  async get(jobId: string): Promise<Job | undefined> {
    return this.#database.run((database) =>
      database.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)).get(),
    );
  }

  async list(limit: number, cursor?: string, filter: JobFilter = {}): Promise<JobPage> {
    const { state, kind, videoId } = filter;
    const condition = and(
      lt(jobs.sequence, parseCursor(cursor)),
      state === undefined ? undefined : eq(jobs.state, state),
      kind === undefined ? undefined : eq(jobs.kind, kind),
      videoId === undefined ? undefined : eq(jobs.videoId, videoId),
    );
    const rows = this.#database.run((database) =>
      database
        .select({ ...jobColumns, sequence: jobs.sequence })
        .from(jobs)
        .where(condition)
        .orderBy(desc(jobs.sequence))
        .limit(limit + 1)
        .all(),
    );
    const { page, nextCursor } = toPage(rows, limit);
    return { jobs: page, nextCursor };
  }

  async depth(): Promise<{ queued: number; running: number }> {
    const inState = (state: JobState) =>
      this.#database.run(
        (database) => database.select({ jobs: count() }).from(jobs).where(eq(jobs.state, state)).get()!.jobs,
      );
    return { queued: inState('queued'), running: inState('running') };
  }

  async claim(owner: string, kinds: readonly string[]): Promise<Job | undefined> {
    // Most calls find nothing to do, and need no lock for that.
    const candidate = this.#oldestReady(kinds);
    if (candidate === undefined) return undefined;
    return this.#write((transaction) => {
      const claimed = transaction
        .update(jobs)
        .set({
          state: 'running',
          leaseOwner: owner,
          heartbeats: sql`${jobs.heartbeats} + 1`,
          attempts: sql`${jobs.attempts} + 1`,
          retryDelayMs: 0,
          stage: null,
          percent: 0,
          etaSeconds: null,
          failure: null,
          startedAtMs: Date.now(),
        })
        .where(and(eq(jobs.id, candidate), eq(jobs.state, 'queued')))
        .returning(jobColumns)
        .get();
      if (claimed !== undefined) insertEvent(transaction, claimed.id, 'state', stateEvent(claimed));
      return claimed;
    });
  }

  async heartbeat(jobId: string, owner: string): Promise<LeaseState> {
    const beat = this.#database.run((database) =>
      database
        .update(jobs)
        .set({ heartbeats: sql`${jobs.heartbeats} + 1` })
        .where(ownedBy(jobId, owner))
        .returning({ cancelRequested: jobs.cancelRequested })
        .get(),
    );
    if (beat === undefined) return 'lost';
    return beat.cancelRequested ? 'cancel-requested' : 'held';
  }

  async progress(jobId: string, owner: string, progress: JobProgress): Promise<void> {
    const { stage, percent, etaSeconds } = progress;
    this.#write((transaction) => {
      const updated = transaction
        .update(jobs)
        .set({ stage, percent, etaSeconds })
        .where(ownedBy(jobId, owner))
        .run();
      if (updated.changes === 0) return;
      const superseded = sql`json_extract(${jobEvents.data}, '$.stage') = ${stage}`;
      transaction
        .delete(jobEvents)
        .where(and(eq(jobEvents.jobId, jobId), eq(jobEvents.type, 'progress'), superseded))
        .run();
      insertEvent(transaction, jobId, 'progress', { stage, percent, etaSeconds });
    });
  }

  async succeed(jobId: string, owner: string, result: JsonObject): Promise<boolean> {
    return this.#end(jobId, owner, { state: 'succeeded', result });
  }

  async fail(jobId: string, owner: string, failure: JobFailure, verdict: FailureVerdict): Promise<boolean> {
    if (verdict.verdict !== 'retry') return this.#end(jobId, owner, { state: verdict.verdict, failure });
    return this.#requeue(jobId, owner, { failure, retryDelayMs: Math.round(verdict.delayMs) });
  }

  async stopped(jobId: string, owner: string): Promise<boolean> {
    return this.#end(jobId, owner, { state: 'cancelled' });
  }

  async release(jobId: string, owner: string): Promise<boolean> {
    return this.#requeue(jobId, owner, { attempts: sql`${jobs.attempts} - 1` });
  }

  async cancel(jobId: string): Promise<Job | undefined> {
    return this.#write((transaction) => {
      const job = transaction.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)).get();
      if (job?.state === 'queued') return endJob(transaction, jobId, { state: 'cancelled' });
      if (job?.state !== 'running') return job;
      return transaction
        .update(jobs)
        .set({ cancelRequested: true })
        .where(eq(jobs.id, jobId))
        .returning(jobColumns)
        .get();
    });
  }

  async retry(jobId: string): Promise<Job | undefined> {
    return this.#write((transaction) => {
      const job = transaction.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)).get();
      if (job === undefined) return undefined;
      if (!isEndState(job.state) || job.state === 'succeeded') {
        throw new AppError(
          'conflict',
          `The job is ${job.state}; only one that ended without success can be retried.`,
        );
      }
      assertMayGo(transaction, job);
      return requeueJob(transaction, jobId, { attempts: 0, failure: null });
    });
  }

  async recover(everybody: boolean): Promise<Recovery> {
    const orphans = this.#orphans(everybody);
    const recovery: Recovery = { requeued: [], poisoned: [], cancelled: [] };
    if (orphans.length === 0) return recovery;
    return this.#write((transaction) => {
      for (const { id, leaseOwner, attempts, cancelRequested } of orphans) {
        if (!isOwned(transaction, id, leaseOwner ?? '')) continue;
        if (cancelRequested) recovery.cancelled.push(endJob(transaction, id, { state: 'cancelled' }));
        else if (attempts >= this.#maxAttempts) {
          recovery.poisoned.push(
            endJob(transaction, id, { state: 'poisoned', failure: neverEnded(attempts) }),
          );
        } else recovery.requeued.push(requeueJob(transaction, id, {}));
      }
      return recovery;
    });
  }

  async *events(jobId: string, afterEventId: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
    let last = afterEventId;
    while (!signal.aborted) {
      // Asked before reading, so that nothing falls between reading and waiting.
      const changed = this.#database.jobChanges.next(signal);
      const { batch, state } = this.#database.run((database) => ({
        batch: database
          .select()
          .from(jobEvents)
          .where(and(eq(jobEvents.jobId, jobId), gt(jobEvents.id, last)))
          .orderBy(asc(jobEvents.id))
          .limit(EVENT_BATCH)
          .all(),
        state: database.select({ state: jobs.state }).from(jobs).where(eq(jobs.id, jobId)).get()?.state,
      }));
      for (const event of batch) {
        yield event;
        last = event.id;
      }
      if (batch.length === EVENT_BATCH) continue;
      if (state === undefined || isEndState(state)) return;
      await changed;
    }
  }

  onChange(listener: () => void): () => void {
    return this.#database.jobChanges.listen(listener);
  }

  /** @returns the id of the oldest job that waits and whose pause is over. */
  #oldestReady(kinds: readonly string[]): string | undefined {
    const waiting = and(eq(jobs.state, 'queued'), inArray(jobs.kind, [...kinds]));
    const { fresh, paused } = this.#database.run((database) => {
      const { id, sequence, attempts, retryDelayMs } = jobs;
      const ready = and(waiting, eq(retryDelayMs, 0));
      const pausing = and(waiting, gt(retryDelayMs, 0));
      return {
        fresh: database
          .select({ id, sequence })
          .from(jobs)
          .where(ready)
          .orderBy(asc(sequence))
          .limit(1)
          .get(),
        paused: database.select({ id, sequence, attempts, retryDelayMs }).from(jobs).where(pausing).all(),
      };
    });
    this.#pauses.keepOnly(paused.map(({ id }) => id));
    const rested = paused.filter(
      ({ id, attempts, retryDelayMs }) => this.#pauses.waitedMs(id, String(attempts)) >= retryDelayMs,
    );
    return [...(fresh === undefined ? [] : [fresh]), ...rested].sort(
      (left, right) => left.sequence - right.sequence,
    )[0]?.id;
  }

  /** Jobs under way whose owner is dead. */
  #orphans(everybody: boolean) {
    const running = this.#database.run((database) =>
      database
        .select({ ...jobColumns, leaseOwner: jobs.leaseOwner, heartbeats: jobs.heartbeats })
        .from(jobs)
        .where(eq(jobs.state, 'running'))
        .orderBy(asc(jobs.sequence))
        .all(),
    );
    this.#leases.keepOnly(running.map(({ id }) => id));
    return running.filter(({ id, leaseOwner, heartbeats }) => {
      const silentMs = this.#leases.waitedMs(id, `${leaseOwner} ${heartbeats}`);
      return everybody || silentMs >= this.#leaseMs;
    });
  }

  #end(jobId: string, owner: string, end: JobEnd): boolean {
    return this.#write((transaction) => {
      if (!isOwned(transaction, jobId, owner)) return false;
      endJob(transaction, jobId, end);
      forgetOldJobs(transaction, this.#keptJobs);
      return true;
    });
  }

  #requeue(jobId: string, owner: string, changes: Requeue): boolean {
    return this.#write((transaction) => {
      if (!isOwned(transaction, jobId, owner)) return false;
      requeueJob(transaction, jobId, changes);
      return true;
    });
  }

  /** A transaction that changes jobs: whoever waits for a change looks again after it. */
  #write<Result>(work: (transaction: Transaction) => Result): Result {
    const result = this.#database.transaction(work);
    this.#database.jobChanges.tell();
    return result;
  }
}

function isOwned(transaction: Transaction, jobId: string, owner: string): boolean {
  return transaction.select({ id: jobs.id }).from(jobs).where(ownedBy(jobId, owner)).get() !== undefined;
}
