import { AppError } from './errors.js';

/** @throws AppError `cancelled` when the caller has given up. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('cancelled', 'Encoding was cancelled.', { cause: signal.reason });
}
