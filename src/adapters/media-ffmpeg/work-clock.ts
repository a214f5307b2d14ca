/**
 * A deadline that counts only while it runs: waiting for a slow reader is no fault of the program that is watched.
 * Starts running.
 */
export class WorkClock {
  readonly #onExpired: () => void;
  #leftMs: number;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(limitMs: number, onExpired: () => void) {
    this.#leftMs = limitMs;
    this.#onExpired = onExpired;
    this.resume();
  }

  pause(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs -= performance.now() - this.#startedAt;
  }

  resume(): void {
    if (this.#isStopped || this.#timer !== undefined) return;
    this.#startedAt = performance.now();
    this.#timer = setTimeout(this.#onExpired, Math.max(0, this.#leftMs));
  }

  /** For good: the work is over, even where somebody who was still busy with what it gave goes on only then. */
  stop(): void {
    this.pause();
    this.#isStopped = true;
  }
}
