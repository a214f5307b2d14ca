import { type MetricName, type RetrievalMetrics, weightedMetrics } from './metrics.js';
import { seededRandom } from './random.js';

export const DEFAULT_RESAMPLES = 1000;

export type Interval = readonly [low: number, high: number];
export type Intervals = Record<MetricName, Interval>;

/**
 * 95 % intervals of every metric by the percentile bootstrap (Efron, 1979). What is drawn with replacement is videos,
 * not queries: the captions of one video are found or missed together, and counting them as independent would make the
 * interval of a set with 20 captions a video too narrow.
 */
export function bootstrapIntervals(
  ranks: Int32Array,
  videoOfQuery: Int32Array,
  seed: number,
  resamples = DEFAULT_RESAMPLES,
): Intervals {
  const order = Int32Array.from(ranks.keys()).sort((left, right) => ranks[left]! - ranks[right]!);
  const sortedRanks = order.map((query) => ranks[query]!);
  const { clusterOfQuery, clusters } = clustersOf(videoOfQuery);
  const clusterOfSorted = order.map((query) => clusterOfQuery[query]!);
  const random = seededRandom(seed);
  const draws = Array.from({ length: resamples }, () => {
    const counts = drawCounts(clusters, random);
    return weightedMetrics(
      sortedRanks,
      clusterOfSorted.map((cluster) => counts[cluster]!),
    );
  });
  const interval = (name: MetricName) => percentileInterval(draws.map((metrics) => metrics[name]));
  return {
    r1: interval('r1'),
    r5: interval('r5'),
    r10: interval('r10'),
    meanr: interval('meanr'),
    mdr: interval('mdr'),
    mnr: interval('mnr'),
  } satisfies Record<keyof RetrievalMetrics, Interval>;
}

/** Numbers the videos that have a query from 0. */
export function clustersOf(videoOfQuery: Int32Array): { clusterOfQuery: Int32Array; clusters: number } {
  const numberOf = new Map<number, number>();
  const clusterOfQuery = videoOfQuery.map((video) => {
    const known = numberOf.get(video) ?? numberOf.size;
    numberOf.set(video, known);
    return known;
  });
  return { clusterOfQuery, clusters: numberOf.size };
}

/** How often each of `count` things comes up in `count` draws with replacement. */
export function drawCounts(count: number, random: () => number): Int32Array {
  const counts = new Int32Array(count);
  for (let draw = 0; draw < count; draw++) counts[Math.floor(random() * count)]!++;
  return counts;
}

export function percentileInterval(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(0.025), at(0.975)];
}
