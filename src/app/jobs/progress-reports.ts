import type { JobProgress } from '../../domain/job.js';

/** Enough for a bar to move; every report that is kept is a write to the disk. */
const LEAST_PAUSE_MS = 250;

/** Thins out what a handler reports, and foretells how long it will take. */
export class ProgressReports {
  readonly #keep: (progress: JobProgress) => void;
  readonly #clock: () => number;
  readonly #startMs: number;
  #lastStage: string | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(keep: (progress: JobProgress) => void, clock = () => performance.now()) {
    this.#keep = keep;
    this.#clock = clock;
    this.#startMs = clock();
  }

  /** @param share of the whole that is done, 0 to 1. */
  report(stage: string, share: number): void {
    const nowMs = this.#clock();
    if (stage === this.#lastStage && nowMs - this.#lastMs < LEAST_PAUSE_MS) return;
    this.#lastStage = stage;
    this.#lastMs = nowMs;
    const elapsedSeconds = (nowMs - this.#startMs) / 1000;
    const etaSeconds = share > 0 ? Math.round((elapsedSeconds * (1 - share)) / share) : null;
    this.#keep({ stage, percent: Math.round(share * 1000) / 10, etaSeconds });
  }
}
