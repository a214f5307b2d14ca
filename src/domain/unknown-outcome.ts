import { AppError } from './errors.js';

/** For the details of an error: what was to be stored may be there all the same when this process ends. */
export const UNKNOWN_OUTCOME = { outcome: 'unknown' } as const;

/**
 * Whether storing failed in a way that tells nothing: a disk that does not say whether a commit reached it. What a row may
 * name is to be kept then; the next start sees what is there, and sweeps away what no row names.
 */
export function mayBeStored(error: unknown): boolean {
  return error instanceof AppError && error.details.outcome === UNKNOWN_OUTCOME.outcome;
}
