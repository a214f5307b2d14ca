/** Milliseconds on a clock that only goes forward and that nobody can set. */
export type MonotonicClock = () => number;

/**
 * How long things have been seen to stay as they are. A thing that looks different from when it was last looked at
 * starts anew, so nothing here depends on what any clock said when it was written down.
 */
export class MonotonicWaits {
  readonly #clock: MonotonicClock;
  readonly #seen = new Map<string, { state: string; sinceMs: number }>();

  constructor(clock: MonotonicClock) {
    this.#clock = clock;
  }

  /** Milliseconds since this thing was first seen in this state. */
  waitedMs(id: string, state: string): number {
    const nowMs = this.#clock();
    const seen = this.#seen.get(id);
    if (seen?.state === state) return nowMs - seen.sinceMs;
    this.#seen.set(id, { state, sinceMs: nowMs });
    return 0;
  }

  /** Forgets all but these, so that memory does not grow with what has come and gone. */
  keepOnly(ids: readonly string[]): void {
    const kept = new Set(ids);
    for (const id of this.#seen.keys()) if (!kept.has(id)) this.#seen.delete(id);
  }
}
