import { AppError } from '../../domain/errors.js';
import type { Job, JobFailure } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';

/** An owner that gives no sign of life for this long is dead. */
export const LEASE_MS = 30_000;

/** Idempotency keys that are kept. By number, for a clock that is set forward must not forget them all. */
export const KEPT_IDEMPOTENCY_KEYS = 10_000;

/** What an earlier request under an idempotency key was answered with. */
export interface EarlierAnswer {
  /** Undefined for content that needed none. */
  job: Job | undefined;
  /** Null while the job does not know it. */
  videoId: string | null;
}

export function keyTaken(key: string): AppError {
  return new AppError(
    'conflict',
    `The idempotency key ${JSON.stringify(key)} was used for another request.`,
    {
      hint: 'Give every request a key of its own, and repeat it only with the request.',
    },
  );
}

/** What a `state` event says. */
export function stateEvent({ state, attempts, failure, result }: Job): JsonObject {
  return { state, attempts, failure, result };
}

/** Why a job is poisoned whose owners died. */
export function neverEnded(attempts: number): JobFailure {
  return {
    code: 'internal',
    detail: `The job was begun ${attempts} times and the process ended every time before it did.`,
    hint: 'Look into the log for what ended the process; retry the job when that is mended.',
  };
}

/** For a job that goes alone, while another of its kind is under way. */
export function goesAlone(kind: string, otherId: string): AppError {
  return new AppError(
    'conflict',
    `Only one job of the kind ${kind} goes at once, and ${otherId} is under way.`,
    {
      hint: 'Wait until it is done, or cancel it.',
      details: { jobId: otherId },
    },
  );
}
