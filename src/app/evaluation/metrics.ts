import type { Ranks } from './ranks.js';

export const RECALLS_AT = [1, 5, 10] as const;

/** The figures of one direction. Recalls in percent; ranks count from 1. */
export interface RetrievalMetrics {
  r1: number;
  r5: number;
  r10: number;
  /** Mean of the three recalls. */
  meanr: number;
  /** Median rank. */
  mdr: number;
  /** Mean rank. */
  mnr: number;
}

export type MetricName = keyof RetrievalMetrics;

/** @param ranks at least one; `weights[i]` says how often query i counts (once by default). */
export function retrievalMetrics(ranks: ArrayLike<number>): RetrievalMetrics {
  const sorted = Int32Array.from(ranks).sort();
  return weightedMetrics(sorted, new Int32Array(sorted.length).fill(1));
}

/** @param sortedRanks ascending @param weights how often each counts; together at least 1 */
export function weightedMetrics(sortedRanks: Int32Array, weights: Int32Array): RetrievalMetrics {
  let total = 0;
  let rankSum = 0;
  const hits = [0, 0, 0] as [number, number, number];
  for (let i = 0; i < sortedRanks.length; i++) {
    const rank = sortedRanks[i]!;
    const weight = weights[i]!;
    total += weight;
    rankSum += rank * weight;
    if (rank <= 1) hits[0] += weight;
    if (rank <= 5) hits[1] += weight;
    if (rank <= 10) hits[2] += weight;
  }
  const [r1, r5, r10] = hits.map((count) => (100 * count) / total) as [number, number, number];
  return {
    r1,
    r5,
    r10,
    meanr: (r1 + r5 + r10) / 3,
    mdr: weightedMedian(sortedRanks, weights, total),
    mnr: rankSum / total,
  };
}

/** The mean of the two in the middle when their number is even. */
function weightedMedian(sortedRanks: Int32Array, weights: Int32Array, total: number): number {
  const lower = Math.ceil(total / 2);
  const upper = Math.floor(total / 2) + 1;
  let passed = 0;
  let lowerRank: number | undefined;
  for (let i = 0; i < sortedRanks.length; i++) {
    passed += weights[i]!;
    if (lowerRank === undefined && passed >= lower) lowerRank = sortedRanks[i]!;
    if (passed >= upper) return ((lowerRank ?? sortedRanks[i]!) + sortedRanks[i]!) / 2;
  }
  return Number.NaN;
}

/** The metrics with every tie decided for and against the model; undefined where ties change none of them. */
export function tieBounds({
  best,
  worst,
}: Ranks): { optimistic: RetrievalMetrics; pessimistic: RetrievalMetrics } | undefined {
  if (best.every((rank, query) => rank === worst[query])) return undefined;
  return { optimistic: retrievalMetrics(best), pessimistic: retrievalMetrics(worst) };
}
