import type { AppError } from '../../domain/errors.js';
import { type JobFailure, MAX_ATTEMPTS } from '../../domain/job.js';
import type { FailureVerdict } from '../../ports/job-queue.js';

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 5 * 60_000;

/** What a client may know of an error: what went wrong inside Videre stays inside, and only the log says it. */
export function jobFailure({ code, message, hint }: AppError): JobFailure {
  const detail = code === 'internal' ? 'Something went wrong inside Videre.' : message;
  return { code, detail, hint: hint ?? null };
}

/** Whether a job that failed so may do better the next time. */
export function mayDoBetter({ code, retryable }: AppError): boolean {
  // An internal fault may be a crash of the encoder, which is not there the next time.
  return retryable || code === 'internal';
}

/** @param attempts how often the job was begun, the attempt that failed included. */
export function judgeFailure(error: AppError, attempts: number, random = Math.random): FailureVerdict {
  if (!mayDoBetter(error)) return { verdict: 'failed' };
  if (attempts >= MAX_ATTEMPTS) return { verdict: 'poisoned' };
  return { verdict: 'retry', delayMs: backoffMs(attempts, random) };
}

/** Doubles with every attempt; half of it is chance, so that what failed together does not come back together. */
export function backoffMs(attempts: number, random = Math.random): number {
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
  return delayMs * (0.5 + random() / 2);
}
