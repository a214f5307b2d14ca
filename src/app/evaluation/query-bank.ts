import type { ScoreMatrix } from './score-matrix.js';

/** Inverse temperature of the published method. */
export const QB_NORM_SCALE = 20;

/**
 * Querybank normalisation with the dynamic inverted softmax (Bogolin et al., 2022), text to video. A hub, a video that
 * is near to everything, is near to the bank's captions as well, and loses by as much. Only a text whose best video
 * is some bank caption's best video is normalized; all others keep their scores.
 * Ranks are what counts, so the logarithm is returned: beta s - log sum over the bank of exp(beta s).
 * @param scores texts of the test set with its videos @param bank captions of the training split with the same videos
 */
export function queryBankNormalized(
  { texts, videos, values }: ScoreMatrix,
  bank: ScoreMatrix,
  scale = QB_NORM_SCALE,
): ScoreMatrix {
  const active = new Set(Array.from({ length: bank.texts }, (_, row) => bestVideo(bank, row)));
  const penalty = logSumExpOfColumns(bank, scale);
  const normalized = Float64Array.from(values);
  for (let text = 0; text < texts; text++) {
    if (!active.has(bestVideo({ texts, videos, values }, text))) continue;
    for (let video = 0; video < videos; video++) {
      const index = text * videos + video;
      normalized[index] = scale * values[index]! - penalty[video]!;
    }
  }
  return { texts, videos, values: normalized };
}

function bestVideo({ videos, values }: ScoreMatrix, row: number): number {
  let best = 0;
  for (let video = 1; video < videos; video++) {
    if (values[row * videos + video]! > values[row * videos + best]!) best = video;
  }
  return best;
}

function logSumExpOfColumns({ texts, videos, values }: ScoreMatrix, scale: number): Float64Array {
  const highest = new Float64Array(videos).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < values.length; i++) highest[i % videos] = Math.max(highest[i % videos]!, values[i]!);
  const sums = new Float64Array(videos);
  for (let row = 0; row < texts; row++) {
    for (let video = 0; video < videos; video++) {
      sums[video]! += Math.exp(scale * (values[row * videos + video]! - highest[video]!));
    }
  }
  return sums.map((sum, video) => Math.log(sum) + scale * highest[video]!);
}
