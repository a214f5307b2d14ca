import type { Moment } from '../../domain/moment.js';
import type { MomentReader } from './moment-reader.js';

/** Moments that are read again: each costs decoding and encoding its clip. */
export const RERANKED_MOMENTS = 16;

/**
 * Puts the best moments in the order of the model's matching head, which reads the words and looks at the frames
 * together; those after them stay as they are.
 * @param moments best first
 * @throws AppError as `MomentReader`.
 */
export async function rerankMoments<Found extends Moment>(
  reader: Pick<MomentReader, 'scores'>,
  text: string,
  moments: readonly Found[],
  signal?: AbortSignal,
): Promise<(Found & { matchScore?: number })[]> {
  const best = moments.slice(0, RERANKED_MOMENTS);
  const scores = await reader.scores(text, best, signal);
  const read = best
    .map((moment, place) => ({ ...moment, matchScore: scores[place]! }))
    .sort((left, right) => right.matchScore - left.matchScore || right.score - left.score);
  return [...read, ...moments.slice(RERANKED_MOMENTS)];
}
