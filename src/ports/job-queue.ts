import type { Job, JobEvent, JobFailure, JobProgress, JobState } from '../domain/job.js';
import type { JsonObject } from '../domain/json.js';

export interface NewJob {
  id: string;
  /** Which handler does it. */
  kind: string;
  payload: JsonObject;
  /** Refused while another of its kind waits or runs. */
  isAlone?: boolean;
  /** Remembered with the job, so that the same request is answered with the same job. */
  idempotency?: IdempotencyKey;
}

export interface IdempotencyKey {
  /** Chosen by the client. */
  key: string;
  /** Hex SHA-256 over what was asked for: another request under the same key is a mistake. */
  requestHash: string;
}

export interface JobFilter {
  state?: JobState | undefined;
  kind?: string | undefined;
  videoId?: string | undefined;
}

export interface JobPage {
  /** Newest first. */
  jobs: Job[];
  /** Give it back to get the next page; undefined on the last. */
  nextCursor: string | undefined;
}

/** What happens to a job whose attempt did not succeed. */
export type FailureVerdict =
  /** Trying again would not help. */
  | { verdict: 'failed' }
  /** Tried often enough. */
  | { verdict: 'poisoned' }
  /** To be tried again after a pause. */
  | { verdict: 'retry'; delayMs: number };

/** What `recover` found and did. */
export interface Recovery {
  /** Jobs whose owner is dead, back in the queue. */
  requeued: Job[];
  /** Those that were tried as often as is allowed. */
  poisoned: Job[];
  /** Those that somebody had asked to stop. */
  cancelled: Job[];
}

/** `held`: go on. `cancel-requested`: somebody wants it to stop. `lost`: it is not yours any more, nothing counts. */
export type LeaseState = 'held' | 'cancel-requested' | 'lost';

/**
 * Jobs that outlast the process. What it acknowledges survives a crash. A job that runs has an owner, whose calls count
 * only as long as the job is theirs: every method with an `owner` says so.
 *
 * A video follows its job: when a job ends without success the video it would have made ready is `failed`, unless another
 * job works on it, and when the job is queued again it is `processing`, in the same transaction.
 *
 * No clock that can be set decides anything: leases and pauses are measured on a monotonic one by whoever waits for
 * them, from the moment they first see them.
 */
export interface JobQueue {
  /**
   * @returns the new job, or the earlier one of the same idempotency key.
   * @throws AppError `conflict` when that key was used for another request, or the job goes alone and does not.
   */
  enqueue(job: NewJob): Promise<Job>;
  get(jobId: string): Promise<Job | undefined>;
  /** @throws AppError `invalid-input` for a cursor this queue did not give. */
  list(limit: number, cursor?: string, filter?: JobFilter): Promise<JobPage>;
  /** Jobs in the queue, and those under way. */
  depth(): Promise<{ queued: number; running: number }>;

  /** Takes the oldest job that may be begun, and counts the attempt; undefined when there is none. */
  claim(owner: string, kinds: readonly string[]): Promise<Job | undefined>;
  /** Says that the owner lives. To be called several times within the length of a lease. */
  heartbeat(jobId: string, owner: string): Promise<LeaseState>;
  /** Remembers how far it is and tells those who listen; nothing when the job is not the owner's. */
  progress(jobId: string, owner: string, progress: JobProgress): Promise<void>;
  /** @returns false when the job is not the owner's. */
  succeed(jobId: string, owner: string, result: JsonObject): Promise<boolean>;
  /** @returns false when the job is not the owner's. */
  fail(jobId: string, owner: string, failure: JobFailure, verdict: FailureVerdict): Promise<boolean>;
  /** The end of a job that was asked to stop, and did. */
  stopped(jobId: string, owner: string): Promise<boolean>;
  /** Gives a job back as if it had not been claimed: the process is going, not the job at fault. */
  release(jobId: string, owner: string): Promise<boolean>;

  /**
   * Ends a job that waits, and asks one that runs to stop. A job that has ended stays as it is.
   * @returns the job as it is now; undefined when there is none.
   */
  cancel(jobId: string): Promise<Job | undefined>;
  /**
   * Queues a job again that ended without success, as if it were new.
   * @returns the job as it is now; undefined when there is none.
   * @throws AppError `conflict` for one that waits, runs or succeeded.
   */
  retry(jobId: string): Promise<Job | undefined>;
  /**
   * Queues again, or poisons, the jobs of owners that are dead.
   * @param everybody true: all owners are (at the start of the only process of a data folder); false: those that gave
   *   no sign of life for a lease, as far as this process has seen.
   */
  recover(everybody: boolean): Promise<Recovery>;

  /**
   * The events of a job after `afterEventId`, then those to come; ends after the one that ends the job, or when it is
   * deleted. Superseded progress is left out.
   */
  events(jobId: string, afterEventId: number, signal: AbortSignal): AsyncIterable<JobEvent>;
  /** Calls back when there may be something to claim, or a running job is asked to stop. @returns the way to stop it. */
  onChange(listener: () => void): () => void;
}
