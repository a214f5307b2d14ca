import type { AppError } from '../../domain/errors.js';

export interface CircuitBreakerOptions {
  /** Failures in a row after which nothing is tried for a while. */
  failures: number;
  pauseMs: number;
  /** What is thrown while nothing is tried. */
  refusal: (retryAfterSeconds: number) => AppError;
  /** A clock that is never set, in milliseconds. */
  now?: () => number;
}

/**
 * Spares a server that is down, and those who would wait for it: after some failures in a row requests are refused at
 * once; after a pause one is let through, and decides for the others.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #now: () => number;
  #failures = 0;
  #closedAgainAt = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @throws AppError the refusal, while nothing is tried. */
  assertClosed(): void {
    const { failures, pauseMs, refusal } = this.#options;
    if (this.#failures < failures) return;
    const waitMs = this.#closedAgainAt - this.#now();
    if (waitMs > 0) throw refusal(Math.ceil(waitMs / 1000));
    // This one tries; whoever comes meanwhile waits another pause.
    this.#closedAgainAt = this.#now() + pauseMs;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures++;
    this.#closedAgainAt = this.#now() + this.#options.pauseMs;
  }
}
