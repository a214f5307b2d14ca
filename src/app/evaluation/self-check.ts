import { alignmentP, duplicateCaptionP, duplicateGroups, misplacedItems } from './alignment.js';
import type { MatrixPair } from './match-candidates.js';
import { permutation, seededRandom } from './random.js';
import { textToVideoRanks } from './ranks.js';
import type { ScoreMatrix, VideoOfText } from './score-matrix.js';

/** Above it, the orders of two matrices are not shown to be the same. */
const ALIGNED_BELOW = 0.01;
const LABEL_SHUFFLES = 20;

export interface SelfCheck {
  /**
   * Share of random item orders under which the evidence of a common order is as good as under the given one; small =
   * aligned. The largest of all tests that could be made; null when none could.
   */
  alignmentP: number | null;
  /** Groups of equal captions. */
  duplicateGroups: number;
  /** R@1 in percent with labels shuffled, and what chance gives. */
  shuffledR1: number;
  chanceR1: number;
  flagged: boolean;
  /** One sentence for each thing that is wrong. */
  warnings: string[];
}

/** A result and the most it can be, both in percent. */
export interface UpperBound {
  name: string;
  value: number;
  bound: number;
  why: string;
}

export interface SelfCheckInput {
  scores: ScoreMatrix;
  videoOfText: VideoOfText;
  /** Of the rows; undefined for a matrix that came without. */
  captions: readonly string[] | undefined;
  /** Matrices that are fused or compared item by item. */
  pairs: readonly MatrixPair[];
  bounds: readonly UpperBound[];
  seed: number;
}

/** Looks for the mistakes that make retrieval figures wrong without anybody noticing. */
export function selfCheck({ scores, videoOfText, captions, pairs, bounds, seed }: SelfCheckInput): SelfCheck {
  const warnings: string[] = [];
  const ps: number[] = [];
  for (const { name, first, second, videoOfText: truth } of pairs) {
    const p = alignmentP(first, second, truth, seed);
    ps.push(p);
    const strangers = misplacedItems(first, second, truth, seed);
    if (p <= ALIGNED_BELOW && strangers.suspicious) {
      warnings.push(
        `${name} agrees for most items, but about ${Math.round(100 * strangers.share)} % of them look like others: part of it is probably in another order.`,
      );
    }
    if (p > ALIGNED_BELOW) {
      warnings.push(
        `${name} shows no sign of the same item order (p = ${p.toFixed(3)}): its true pairs may line up by accident, and fusing it would be wrong.`,
      );
    }
  }
  const duplicates = captions === undefined ? undefined : duplicateCaptionP(scores, captions, seed);
  if (duplicates !== undefined) {
    ps.push(duplicates);
    if (duplicates > ALIGNED_BELOW) {
      warnings.push(
        `Texts with equal captions have unequal scores (p = ${duplicates.toFixed(3)}): the rows are not in the order of the captions.`,
      );
    }
  }
  const control = shuffledControl(scores, videoOfText, seed);
  if (control.suspicious) {
    warnings.push(
      `With shuffled labels R@1 is ${control.r1.toFixed(2)} %, where chance gives ${control.chance.toFixed(2)} %: ties or the scores themselves carry it.`,
    );
  }
  if (looksRandom(scores, videoOfText)) {
    warnings.push(
      'The right videos stand where chance would put them: the labels are probably not in the order of the rows and columns.',
    );
  }
  for (const { name, value, bound, why } of bounds) {
    if (value > bound + 1e-9) {
      warnings.push(
        `${name} is ${value.toFixed(2)} %, above its upper bound of ${bound.toFixed(2)} % (${why}).`,
      );
    }
  }
  return {
    alignmentP: ps.length === 0 ? null : Math.max(...ps),
    duplicateGroups: captions === undefined ? 0 : duplicateGroups(captions).length,
    shuffledR1: control.r1,
    chanceR1: control.chance,
    flagged: warnings.length > 0,
    warnings,
  };
}

/** With fewer videos a sound model may stand at chance by accident. */
const LEAST_VIDEOS = 20;

/** Mean rank no better than that of random scores, three standard deviations allowed for. */
function looksRandom(scores: ScoreMatrix, videoOfText: VideoOfText): boolean {
  const { texts, videos } = scores;
  if (videos < LEAST_VIDEOS) return false;
  const { best } = textToVideoRanks(scores, videoOfText);
  const mean = best.reduce((sum, rank) => sum + rank, 0) / texts;
  return mean > (videos + 1) / 2 - (3 * videos) / Math.sqrt(12 * texts);
}

/** R@1 with every text given the video of another; a sound evaluation falls to chance. */
function shuffledControl(scores: ScoreMatrix, videoOfText: VideoOfText, seed: number) {
  const random = seededRandom(seed);
  let hits = 0;
  for (let round = 0; round < LABEL_SHUFFLES; round++) {
    const order = permutation(scores.videos, random);
    const { best } = textToVideoRanks(
      scores,
      videoOfText.map((video) => order[video]!),
    );
    hits += best.reduce((sum, rank) => sum + (rank === 1 ? 1 : 0), 0);
  }
  const trials = LABEL_SHUFFLES * scores.texts;
  const chance = 1 / scores.videos;
  // Shuffles share their scores, so the bound is a wide one: five standard deviations and a few hits more.
  const most = trials * chance + 5 * Math.sqrt(trials * chance) + 5;
  return { r1: (100 * hits) / trials, chance: 100 * chance, suspicious: scores.videos > 1 && hits > most };
}

/**
 * The most R@1 can be, in percent: equal captions get equal scores, so of each group one video at most comes first.
 */
export function duplicateCaptionBound(captions: readonly string[], videoOfText: VideoOfText): number {
  const lost = duplicateGroups(captions).reduce((sum, group) => {
    const counts = new Map<number, number>();
    for (const text of group) counts.set(videoOfText[text]!, (counts.get(videoOfText[text]!) ?? 0) + 1);
    return sum + group.length - Math.max(...counts.values());
  }, 0);
  return (100 * (captions.length - lost)) / captions.length;
}
