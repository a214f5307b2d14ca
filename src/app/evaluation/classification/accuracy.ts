import { drawCounts, type Interval, percentileInterval } from '../bootstrap.js';
import { seededRandom } from '../random.js';

/** In percent. */
export interface Accuracy {
  top1: number;
  top5: number;
  /** Mean over classes of their top-1; classes without a video are left out. */
  meanClass: number;
}

/** Place of a class by its score, from 1; ties won, as in retrieval. */
export function classRank(scores: ArrayLike<number>, label: number): number {
  let rank = 1;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > scores[label]!) rank++;
  return rank;
}

/** @param ranks of the right class of each video @param labels right class of each */
export function accuracyOf(ranks: Int32Array, labels: Int32Array): Accuracy {
  return weightedAccuracy(ranks, labels, new Int32Array(ranks.length).fill(1));
}

function weightedAccuracy(ranks: Int32Array, labels: Int32Array, weights: Int32Array): Accuracy {
  const ofClass = new Map<number, { videos: number; right: number }>();
  let [videos, top1, top5] = [0, 0, 0];
  ranks.forEach((rank, video) => {
    const weight = weights[video]!;
    videos += weight;
    if (rank === 1) top1 += weight;
    if (rank <= 5) top5 += weight;
    const known = ofClass.get(labels[video]!) ?? { videos: 0, right: 0 };
    known.videos += weight;
    if (rank === 1) known.right += weight;
    ofClass.set(labels[video]!, known);
  });
  const shown = [...ofClass.values()].filter((each) => each.videos > 0);
  const meanClass = shown.reduce((sum, each) => sum + each.right / each.videos, 0) / shown.length;
  return { top1: (100 * top1) / videos, top5: (100 * top5) / videos, meanClass: 100 * meanClass };
}

/** 95 % intervals by the percentile bootstrap over videos. */
export function accuracyIntervals(
  ranks: Int32Array,
  labels: Int32Array,
  seed: number,
  resamples: number,
): Record<keyof Accuracy, Interval> {
  const random = seededRandom(seed);
  const draws = Array.from({ length: resamples }, () =>
    weightedAccuracy(ranks, labels, drawCounts(ranks.length, random)),
  );
  const interval = (name: keyof Accuracy) => percentileInterval(draws.map((accuracy) => accuracy[name]));
  return { top1: interval('top1'), top5: interval('top5'), meanClass: interval('meanClass') };
}
