import type { ScoreMatrix } from './score-matrix.js';

/** 1 / 0.01, the temperature contrastive models end at; published DSL scores use it. */
export const DSL_SCALE = 100;

/**
 * Dual softmax (Cheng et al., CAMoE, 2021): each score times the softmax of its column (for text to video: of all
 * texts of the test set) or of its row (for video to text). Transductive: a query's rank depends on the other queries,
 * which no search service has.
 * In float64: at this scale a softmax leaves the range of float32, and scores would tie at zero.
 */
export function dualSoftmax(
  { texts, videos, values }: ScoreMatrix,
  over: 'texts' | 'videos',
  scale = DSL_SCALE,
): ScoreMatrix {
  const adjusted = new Float64Array(values.length);
  const groups = over === 'texts' ? videos : texts;
  const groupOf = (index: number) => (over === 'texts' ? index % videos : Math.floor(index / videos));
  const highest = new Float64Array(groups).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(groups);
  for (let i = 0; i < values.length; i++) highest[groupOf(i)] = Math.max(highest[groupOf(i)]!, values[i]!);
  for (let i = 0; i < values.length; i++) {
    adjusted[i] = Math.exp(scale * (values[i]! - highest[groupOf(i)]!));
    sums[groupOf(i)]! += adjusted[i]!;
  }
  for (let i = 0; i < values.length; i++) adjusted[i] = (values[i]! * adjusted[i]!) / sums[groupOf(i)]!;
  return { texts, videos, values: adjusted };
}
