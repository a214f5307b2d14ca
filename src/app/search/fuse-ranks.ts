import type { Moment } from '../../domain/moment.js';

/** The constant of the published method: how little the first ranks stand out from those after. */
const RANK_OFFSET = 60;

/**
 * Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009) of moments ranked by what they show and videos ranked by
 * their words: 1 / (60 + rank) of each list a moment is in, added up. Of a video that is in the list of words its best
 * moment counts. Ranks, not scores, because the scores of the two have nothing to do with each other.
 * @param moments best first @param videoIds best first
 * @returns best first; of equal sums the one that shows it better.
 */
export function fuseRanks<Ranked extends Pick<Moment, 'videoId'>>(
  moments: readonly Ranked[],
  videoIds: readonly string[],
): Ranked[] {
  const rankOfVideo = new Map(videoIds.map((videoId, rank) => [videoId, rank]));
  const sums = moments.map(({ videoId }, rank) => {
    const rankOfWords = rankOfVideo.get(videoId);
    rankOfVideo.delete(videoId);
    return reciprocal(rank) + (rankOfWords === undefined ? 0 : reciprocal(rankOfWords));
  });
  return moments
    .map((moment, rank) => ({ moment, rank }))
    .sort((left, right) => sums[right.rank]! - sums[left.rank]! || left.rank - right.rank)
    .map(({ moment }) => moment);
}

/** @param rank from 0 */
function reciprocal(rank: number): number {
  return 1 / (RANK_OFFSET + 1 + rank);
}
