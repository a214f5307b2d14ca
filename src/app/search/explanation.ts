import type { SearchMethod } from './nearest-clips.js';

/** What a search spends its time on. */
export const SEARCH_STAGES = ['encode', 'find', 'words', 'rerank', 'relevance'] as const;
export type SearchStage = (typeof SEARCH_STAGES)[number];

/** How an answer came about. */
export interface Explanation {
  method: SearchMethod;
  model: { name: string; fingerprint: string };
  clipsSearched: number;
  /** Only of the stages it went through, and of all of it. */
  milliseconds: Partial<Record<SearchStage, number>> & { total: number };
}

/** Measures the stages of one search. */
export class Stopwatch {
  readonly #start = performance.now();
  readonly #milliseconds: Partial<Record<SearchStage, number>> = {};

  async time<Value>(stage: SearchStage, work: () => Promise<Value>): Promise<Value> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#milliseconds[stage] = (this.#milliseconds[stage] ?? 0) + performance.now() - start;
    }
  }

  milliseconds(): Explanation['milliseconds'] {
    return { ...this.#milliseconds, total: performance.now() - this.#start };
  }
}
