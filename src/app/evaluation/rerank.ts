import type { ScoreMatrix } from './score-matrix.js';

/** Candidates that are read again by the re-ranker: what the reference takes. */
export const DEFAULT_RERANK_K = 128;

/** Positions of the `k` best of each row (or column), the earlier one where they tie. */
export function bestOfEach(
  { texts, videos, values }: ScoreMatrix,
  axis: 'rows' | 'columns',
  k: number,
): Int32Array[] {
  const [queries, candidates] = axis === 'rows' ? [texts, videos] : [videos, texts];
  return Array.from({ length: queries }, (_, query) => {
    const score = (candidate: number) =>
      values[axis === 'rows' ? query * videos + candidate : candidate * videos + query]!;
    const order = Int32Array.from({ length: candidates }, (_, candidate) => candidate);
    return order.sort((left, right) => score(right) - score(left) || left - right).slice(0, k);
  });
}

/**
 * Scores whose order is that of a re-ranked list: the candidates by what the re-ranker says of them, ties by
 * similarity; below them all others, by similarity.
 * @param matching the re-ranker's scores, [texts, videos]; read only where there is a candidate
 * @param candidates of each row (or column), as `bestOfEach` gives them
 */
export function rerankedScores(
  similarity: ScoreMatrix,
  matching: Float32Array,
  axis: 'rows' | 'columns',
  candidates: readonly Int32Array[],
): ScoreMatrix {
  const { texts, videos, values } = similarity;
  const reranked = Float64Array.from(values);
  const highest = reranked.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  candidates.forEach((positions, query) => {
    const indices = Array.from(positions, (candidate) =>
      axis === 'rows' ? query * videos + candidate : candidate * videos + query,
    );
    const byMatch = (left: number, right: number) =>
      matching[left]! - matching[right]! || values[left]! - values[right]!;
    indices.sort(byMatch);
    let level = 1;
    indices.forEach((index, place) => {
      if (place > 0 && byMatch(indices[place - 1]!, index) !== 0) level++;
      reranked[index] = highest + level;
    });
  });
  return { texts, videos, values: reranked };
}
