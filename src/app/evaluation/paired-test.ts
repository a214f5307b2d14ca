import { clustersOf, drawCounts, type Interval, percentileInterval } from './bootstrap.js';
import { seededRandom } from './random.js';

export interface PairedDifference {
  /** Mean of second minus first. */
  difference: number;
  /** 95 % interval of it, paired bootstrap over videos. */
  interval: Interval;
  /** Two-sided: how often swapping the runs at random, video by video, makes a difference as large. */
  p: number;
}

/**
 * Whether two runs on the same queries differ: a sign-flip permutation test (Fisher, 1935) and a bootstrap, both with
 * the queries of one video kept together.
 * @param first @param second one figure a query, such as 100 for a hit and 0 for a miss
 */
export function pairedDifference(
  first: readonly number[],
  second: readonly number[],
  videoOfQuery: Int32Array,
  seed: number,
  rounds = 10_000,
): PairedDifference {
  const { clusterOfQuery, clusters } = clustersOf(videoOfQuery);
  const sums = new Float64Array(clusters);
  const sizes = new Float64Array(clusters);
  first.forEach((value, query) => {
    sums[clusterOfQuery[query]!]! += second[query]! - value;
    sizes[clusterOfQuery[query]!]!++;
  });
  const difference = sums.reduce((total, sum) => total + sum, 0) / first.length;

  const random = seededRandom(seed);
  let asLarge = 0;
  for (let round = 0; round < rounds; round++) {
    let total = 0;
    for (const sum of sums) total += random() < 0.5 ? sum : -sum;
    // A rounding error must not make the observed split look smaller than itself.
    if (Math.abs(total) / first.length >= Math.abs(difference) - 1e-9) asLarge++;
  }
  const draws = Array.from({ length: Math.ceil(rounds / 10) }, () => {
    const counts = drawCounts(clusters, random);
    const queries = counts.reduce((sum, count, cluster) => sum + count * sizes[cluster]!, 0);
    return counts.reduce((sum, count, cluster) => sum + count * sums[cluster]!, 0) / queries;
  });
  return { difference, interval: percentileInterval(draws), p: (asLarge + 1) / (rounds + 1) };
}
