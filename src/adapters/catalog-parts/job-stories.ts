import type { Job, JobFailure } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';

/** An owner that gives no sign of life for this long is dead. */
export const LEASE_MS = 30_000;

/** Idempotency keys that are kept. By number, for a clock that is set forward must not forget them all. */
export const KEPT_IDEMPOTENCY_KEYS = 10_000;

/** What a `state` event says. */
export function stateEvent({ state, attempts, failure, result }: Job): JsonObject {
  return { state, attempts, failure, result };
}

/**
 * Of the newest so many jobs, those that are over are kept for people to look at; more than can wait at once. By number: a
 * clock that is set must not forget them.
 */
export const KEPT_JOBS = 20_000;

/** Why a job is poisoned whose owners died. */
export function neverEnded(attempts: number): JobFailure {
  return {
    code: 'internal',
    detail: `The job was begun ${attempts} times and the process ended every time before it did.`,
    hint: 'Look into the log for what ended the process; retry the job when that is mended.',
  };
}
