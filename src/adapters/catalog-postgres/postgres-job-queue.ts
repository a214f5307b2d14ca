import { and, asc, count, desc, eq, gt, inArray, lt, or, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.js';
import {
  isEndState,
  type Job,
  type JobEvent,
  type JobFailure,
  type JobProgress,
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
import type { PostgresDatabase, Transaction } from './postgres-database.js';
import { jobEvents, jobs } from './schema/jobs.js';

/** Events read at once for a listener. */
const EVENT_BATCH = 100;

export interface PostgresJobQueueOptions {
  leaseMs?: number;
  maxAttempts?: number;
  /** Jobs that are over are forgotten when so many came after them. */
  keptJobs?: number | undefined;
  clock?: MonotonicClock;
}

/**
 * Jobs in the Postgres database of a library, so that a job and what it is about are stored together. Any number of
 * processes claim them; of several that reach for one, the others take the next without waiting.
 */
export class PostgresJobQueue implements JobQueue {
  readonly #database: PostgresDatabase;
  readonly #leaseMs: number;
  readonly #maxAttempts: number;
  readonly #keptJobs: number;
  readonly #pauses: MonotonicWaits;
  readonly #leases: MonotonicWaits;

  constructor(database: PostgresDatabase, options: PostgresJobQueueOptions = {}) {
    const clock = options.clock ?? (() => performance.now());
    this.#database = database;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS;
    this.#keptJobs = options.keptJobs ?? KEPT_JOBS;
    this.#pauses = new MonotonicWaits(clock);
    this.#leases = new MonotonicWaits(clock);
  }

  enqueue(job: NewJob): Promise<Job> {
    return this.#write(
      async (transaction) =>
        (await earlierAnswer(transaction, job))?.job ?? (await insertJob(transaction, job, null)),
    );
  }

  async get(jobId: string): Promise<Job | undefined> {
    const [job] = await this.#database.run((database) =>
      database.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)),
    );
    return job;
  }

  async list(limit: number, cursor?: string, filter: JobFilter = {}): Promise<JobPage> {
    const { state, kind, videoId } = filter;
    const condition = and(
      lt(jobs.sequence, parseCursor(cursor)),
      state === undefined ? undefined : eq(jobs.state, state),
      kind === undefined ? undefined : eq(jobs.kind, kind),
      videoId === undefined ? undefined : eq(jobs.videoId, videoId),
    );
    const rows = await this.#database.run((database) =>
      database
        .select({ ...jobColumns, sequence: jobs.sequence })
        .from(jobs)
        .where(condition)
        .orderBy(desc(jobs.sequence))
        .limit(limit + 1),
    );
    const { page, nextCursor } = toPage(rows, limit);
    return { jobs: page, nextCursor };
  }

  async depth(): Promise<{ queued: number; running: number }> {
    const rows = await this.#database.run((database) =>
      database
        .select({ state: jobs.state, jobs: count() })
        .from(jobs)
        .where(inArray(jobs.state, ['queued', 'running']))
        .groupBy(jobs.state),
    );
    const inState = (wanted: string) => rows.find(({ state }) => state === wanted)?.jobs ?? 0;
    return { queued: inState('queued'), running: inState('running') };
  }

  async claim(owner: string, kinds: readonly string[]): Promise<Job | undefined> {
    const waiting = and(eq(jobs.state, 'queued'), inArray(jobs.kind, [...kinds]));
    const rested = await this.#rested(kinds);
    const isReady = or(eq(jobs.retryDelayMs, 0), inArray(jobs.id, rested));
    // Most calls find nothing to do, and need no transaction for that.
    const [candidate] = await this.#database.run((database) =>
      database.select({ id: jobs.id }).from(jobs).where(and(waiting, isReady)).limit(1),
    );
    if (candidate === undefined) return undefined;
    return this.#write(async (transaction) => {
      const oldest = transaction
        .select({ id: jobs.id })
        .from(jobs)
        .where(and(waiting, isReady))
        .orderBy(asc(jobs.sequence))
        .limit(1)
        .for('update', { skipLocked: true });
      const [claimed] = await transaction
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
        .where(eq(jobs.id, sql`(${oldest})`))
        .returning(jobColumns);
      if (claimed !== undefined) await insertEvent(transaction, claimed.id, 'state', stateEvent(claimed));
      return claimed;
    });
  }

  async heartbeat(jobId: string, owner: string): Promise<LeaseState> {
    const [beat] = await this.#database.run((database) =>
      database
        .update(jobs)
        .set({ heartbeats: sql`${jobs.heartbeats} + 1` })
        .where(ownedBy(jobId, owner))
        .returning({ cancelRequested: jobs.cancelRequested }),
    );
    if (beat === undefined) return 'lost';
    return beat.cancelRequested ? 'cancel-requested' : 'held';
  }

  async progress(jobId: string, owner: string, progress: JobProgress): Promise<void> {
    const { stage, percent, etaSeconds } = progress;
    await this.#write(async (transaction) => {
      const updated = await transaction
        .update(jobs)
        .set({ stage, percent, etaSeconds })
        .where(ownedBy(jobId, owner))
        .returning({ id: jobs.id });
      if (updated.length === 0) return;
      const superseded = sql`${jobEvents.data} ->> 'stage' = ${stage}`;
      await transaction
        .delete(jobEvents)
        .where(and(eq(jobEvents.jobId, jobId), eq(jobEvents.type, 'progress'), superseded));
      await insertEvent(transaction, jobId, 'progress', { stage, percent, etaSeconds });
    });
  }

  succeed(jobId: string, owner: string, result: JsonObject): Promise<boolean> {
    return this.#end(jobId, owner, { state: 'succeeded', result });
  }

  fail(jobId: string, owner: string, failure: JobFailure, verdict: FailureVerdict): Promise<boolean> {
    if (verdict.verdict !== 'retry') return this.#end(jobId, owner, { state: verdict.verdict, failure });
    return this.#requeue(jobId, owner, { failure, retryDelayMs: Math.round(verdict.delayMs) });
  }

  stopped(jobId: string, owner: string): Promise<boolean> {
    return this.#end(jobId, owner, { state: 'cancelled' });
  }

  release(jobId: string, owner: string): Promise<boolean> {
    return this.#requeue(jobId, owner, { attempts: sql`${jobs.attempts} - 1` });
  }

  cancel(jobId: string): Promise<Job | undefined> {
    return this.#write(async (transaction) => {
      const job = await lockJob(transaction, jobId);
      if (job?.state === 'queued') return endJob(transaction, jobId, { state: 'cancelled' });
      if (job?.state !== 'running') return job;
      const [asked] = await transaction
        .update(jobs)
        .set({ cancelRequested: true })
        .where(eq(jobs.id, jobId))
        .returning(jobColumns);
      return asked;
    });
  }

  retry(jobId: string): Promise<Job | undefined> {
    return this.#write(async (transaction) => {
      const job = await lockJob(transaction, jobId);
      if (job === undefined) return undefined;
      if (!isEndState(job.state) || job.state === 'succeeded') {
        throw new AppError(
          'conflict',
          `The job is ${job.state}; only one that ended without success can be retried.`,
        );
      }
      await assertMayGo(transaction, job);
      return requeueJob(transaction, jobId, { attempts: 0, failure: null });
    });
  }

  async recover(everybody: boolean): Promise<Recovery> {
    const orphans = await this.#orphans(everybody);
    if (orphans.length === 0) return { requeued: [], poisoned: [], cancelled: [] };
    return this.#write(async (transaction) => {
      const recovery: Recovery = { requeued: [], poisoned: [], cancelled: [] };
      for (const { id, leaseOwner, heartbeats, attempts, cancelRequested } of orphans) {
        // Meanwhile another process may have been faster, or the owner come back to life.
        const asSeen = and(ownedBy(id, leaseOwner ?? ''), eq(jobs.heartbeats, heartbeats));
        const [still] = await transaction.select({ id: jobs.id }).from(jobs).where(asSeen).for('update');
        if (still === undefined) continue;
        if (cancelRequested) recovery.cancelled.push(await endJob(transaction, id, { state: 'cancelled' }));
        else if (attempts >= this.#maxAttempts) {
          const failure = neverEnded(attempts);
          recovery.poisoned.push(await endJob(transaction, id, { state: 'poisoned', failure }));
        } else recovery.requeued.push(await requeueJob(transaction, id, {}));
      }
      return recovery;
    });
  }

  async *events(jobId: string, afterEventId: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
    let last = afterEventId;
    while (!signal.aborted) {
      // Asked before reading, so that nothing falls between reading and waiting.
      const changed = this.#database.jobChanges.next(signal);
      const read = await this.#eventsAfter(jobId, last).catch((error) => {
        if (error instanceof AppError && error.code === 'database-unavailable') return undefined;
        throw error;
      });
      if (read === undefined) {
        // Whoever listens is told when the database is back.
        await changed;
        continue;
      }
      const { batch, state } = read;
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

  #eventsAfter(jobId: string, eventId: number) {
    return this.#database.run(async (database) => {
      // The state first: what is told before a job ends is there when its end is.
      const [job] = await database.select({ state: jobs.state }).from(jobs).where(eq(jobs.id, jobId));
      const batch = await database
        .select()
        .from(jobEvents)
        .where(and(eq(jobEvents.jobId, jobId), gt(jobEvents.id, eventId)))
        .orderBy(asc(jobEvents.id))
        .limit(EVENT_BATCH);
      return { batch, state: job?.state };
    });
  }

  /** Ids of jobs that waited as long as they were to, as far as this process has seen. */
  async #rested(kinds: readonly string[]): Promise<string[]> {
    const { id, attempts, retryDelayMs } = jobs;
    const pausing = and(eq(jobs.state, 'queued'), inArray(jobs.kind, [...kinds]), gt(retryDelayMs, 0));
    const paused = await this.#database.run((database) =>
      database.select({ id, attempts, retryDelayMs }).from(jobs).where(pausing),
    );
    this.#pauses.keepOnly(paused.map((job) => job.id));
    return paused
      .filter((job) => this.#pauses.waitedMs(job.id, String(job.attempts)) >= job.retryDelayMs)
      .map((job) => job.id);
  }

  /** Jobs under way whose owner is dead. */
  async #orphans(everybody: boolean) {
    const running = await this.#database.run((database) =>
      database
        .select({ ...jobColumns, leaseOwner: jobs.leaseOwner, heartbeats: jobs.heartbeats })
        .from(jobs)
        .where(eq(jobs.state, 'running'))
        .orderBy(asc(jobs.sequence)),
    );
    this.#leases.keepOnly(running.map(({ id }) => id));
    return running.filter(({ id, leaseOwner, heartbeats }) => {
      const silentMs = this.#leases.waitedMs(id, `${leaseOwner} ${heartbeats}`);
      return everybody || silentMs >= this.#leaseMs;
    });
  }

  #end(jobId: string, owner: string, end: JobEnd): Promise<boolean> {
    return this.#write(async (transaction) => {
      if (!(await lockOwned(transaction, jobId, owner))) return false;
      await endJob(transaction, jobId, end);
      await forgetOldJobs(transaction, this.#keptJobs);
      return true;
    });
  }

  #requeue(jobId: string, owner: string, changes: Requeue): Promise<boolean> {
    return this.#write(async (transaction) => {
      if (!(await lockOwned(transaction, jobId, owner))) return false;
      await requeueJob(transaction, jobId, changes);
      return true;
    });
  }

  /** A transaction that changes jobs: whoever waits for a change looks again after it. */
  async #write<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const result = await this.#database.transaction(work);
    this.#database.jobChanges.tell();
    return result;
  }
}

/** A job that nobody else changes until the end of the transaction. */
async function lockJob(transaction: Transaction, jobId: string): Promise<Job | undefined> {
  const [job] = await transaction.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)).for('update');
  return job;
}

async function lockOwned(transaction: Transaction, jobId: string, owner: string): Promise<boolean> {
  const owned = await transaction
    .select({ id: jobs.id })
    .from(jobs)
    .where(ownedBy(jobId, owner))
    .for('update');
  return owned.length > 0;
}
