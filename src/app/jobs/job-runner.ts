import { randomUUID } from 'node:crypto';
import { AppError, toAppError } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { JobQueue, Recovery } from '../../ports/job-queue.js';
import { jobFailure, judgeFailure } from './job-failure.js';
import type { JobHandler } from './job-handler.js';
import { ProgressReports } from './progress-reports.js';

/** Well within a lease; also how late a job is begun whose pause is over. */
const BEAT_MS = 1000;
/** Two at a time: one is decoded while the other is encoded. */
const JOBS_AT_ONCE = 2;

export interface JobRunnerOptions {
  queue: JobQueue;
  /** By kind of job. */
  handlers: Readonly<Record<string, JobHandler>>;
  jobsAtOnce?: number;
  beatMs?: number;
  /** Hears of every attempt that failed, with what went wrong inside; without a job, of the queue itself failing. */
  logFailure: (error: AppError, job?: Job) => void;
}

/** Why a job under way is stopped: somebody asked for it, it is not ours any more, or the process has to go. */
type StopReason = 'asked' | 'lost' | 'leaving';

interface Attempt {
  job: Job;
  controller: AbortController;
  stopReason?: StopReason;
  done: Promise<void>;
}

/** What became of the jobs that were under way when a process was told to go. */
export interface Drained {
  /** Ids of those that ended in time. */
  ended: string[];
  /** Ids of those that went back into the queue. */
  released: string[];
}

/** Takes jobs from the queue and has them done, a few at a time. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #owner = randomUUID();
  readonly #attempts = new Map<string, Attempt>();
  readonly #drained: Drained = { ended: [], released: [] };
  #leaving = false;
  #turn: Promise<void> | undefined;
  #turnWanted = false;
  #timer: NodeJS.Timeout | undefined;
  #beating = Promise.resolve();
  #hasDrained = false;
  #stopListening = () => {};

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /**
   * Takes up what an earlier process left, and begins.
   * @param alone no other process works on this queue, so whatever runs in it was left.
   * @returns what was left.
   */
  async start(alone: boolean): Promise<Recovery> {
    const { queue } = this.#options;
    const recovery = await queue.recover(alone);
    this.#stopListening = queue.onChange(() => this.#wantTurn());
    this.#wantTurn();
    this.#beatLater();
    return recovery;
  }

  /**
   * Begins nothing more and waits for what is under way; what is not done in time goes back into the queue. With no time
   * at all, it is told to stop before this returns.
   */
  async drain(deadlineMs: number): Promise<Drained> {
    this.#leaving = true;
    const stopAll = () => {
      for (const attempt of this.#attempts.values()) stop(attempt, 'leaving');
    };
    if (deadlineMs === 0) stopAll();
    const deadline = setTimeout(stopAll, deadlineMs);
    await this.#turn;
    // Until the end it listens and beats: a job can still be cancelled, and must not be taken for dead.
    await Promise.all([...this.#attempts.values()].map(({ done }) => done));
    clearTimeout(deadline);
    clearTimeout(this.#timer);
    this.#hasDrained = true;
    // One that is under way would ask a queue that may be closed when we return.
    await this.#beating;
    this.#stopListening();
    return this.#drained;
  }

  /** Has a look at the queue; asked for several times while one is under way, one more follows it. */
  #wantTurn(): void {
    if (this.#turn !== undefined) {
      this.#turnWanted = true;
      return;
    }
    // Not at once: what it writes calls for a turn again, which must find this one under way.
    this.#turn = Promise.resolve()
      .then(() => this.#takeTurn())
      .catch((error) => this.#options.logFailure(toAppError(error)))
      .finally(() => {
        this.#turn = undefined;
        if (!this.#turnWanted) return;
        this.#turnWanted = false;
        this.#wantTurn();
      });
  }

  async #takeTurn(): Promise<void> {
    const { queue, handlers, jobsAtOnce = JOBS_AT_ONCE } = this.#options;
    for (const attempt of this.#attempts.values()) {
      const job = await queue.get(attempt.job.id);
      if (job === undefined) stop(attempt, 'lost');
      else if (job.cancelRequested) stop(attempt, 'asked');
    }
    while (!this.#leaving && this.#attempts.size < jobsAtOnce) {
      const job = await queue.claim(this.#owner, Object.keys(handlers));
      if (job === undefined) return;
      this.#begin(job, handlers[job.kind]!);
    }
  }

  #begin(job: Job, handler: JobHandler): void {
    const attempt: Attempt = { job, controller: new AbortController(), done: Promise.resolve() };
    this.#attempts.set(job.id, attempt);
    attempt.done = this.#work(attempt, handler)
      // The queue itself failed. Nobody beats for the job any more, so it is begun again when its lease is over.
      .catch((error) => this.#options.logFailure(toAppError(error), job))
      .finally(() => {
        this.#attempts.delete(job.id);
        const { ended, released } = this.#drained;
        if (this.#leaving && !released.includes(job.id)) ended.push(job.id);
        this.#wantTurn();
      });
  }

  async #work(attempt: Attempt, handler: JobHandler): Promise<void> {
    const { queue, logFailure } = this.#options;
    const { job, controller } = attempt;
    const reports = new ProgressReports((progress) => {
      queue.progress(job.id, this.#owner, progress).catch((error) => logFailure(toAppError(error), job));
    });
    try {
      const result = await handler(job, {
        signal: controller.signal,
        report: (stage, share) => reports.report(stage, share),
      });
      await queue.succeed(job.id, this.#owner, result);
    } catch (thrown) {
      await this.#afterFailure(attempt, toAppError(thrown));
    }
  }

  async #afterFailure({ job, stopReason }: Attempt, error: AppError): Promise<void> {
    const { queue, logFailure } = this.#options;
    switch (stopReason) {
      case 'lost':
        return;
      case 'asked':
        await queue.stopped(job.id, this.#owner);
        return;
      case 'leaving':
        if (await queue.release(job.id, this.#owner)) this.#drained.released.push(job.id);
        return;
      case undefined:
        logFailure(error, job);
        await queue.fail(job.id, this.#owner, jobFailure(error), judgeFailure(error, job.attempts));
    }
  }

  #beatLater(): void {
    if (this.#hasDrained) return;
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat()
        .catch((error) => this.#options.logFailure(toAppError(error)))
        .finally(() => this.#beatLater());
    }, this.#options.beatMs ?? BEAT_MS);
    this.#timer.unref();
  }

  /** Says that what is under way lives, and looks for what does not. */
  async #beat(): Promise<void> {
    const { queue } = this.#options;
    for (const attempt of this.#attempts.values()) {
      const lease = await queue.heartbeat(attempt.job.id, this.#owner);
      if (lease === 'lost') stop(attempt, 'lost');
      if (lease === 'cancel-requested') stop(attempt, 'asked');
    }
    await queue.recover(false);
    this.#wantTurn();
  }
}

function stop(attempt: Attempt, reason: StopReason): void {
  if (attempt.stopReason !== undefined) return;
  attempt.stopReason = reason;
  attempt.controller.abort(new AppError('cancelled', 'The job was stopped.'));
}
