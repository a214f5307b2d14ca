import type { Moment } from '../../domain/moment.js';
import type { Reranker } from '../../ports/reranker.js';
import type { StoredClips } from './stored-clips.js';

/** Moments that are read again: each costs decoding and encoding its clip. */
export const RERANKED_MOMENTS = 16;

/** Loads the model's matching head when it is first wanted: few searches want it, and it takes as much memory as both encoders. */
export type RerankerSource = () => Promise<Reranker>;

/**
 * Puts the best moments in the order of the model's matching head, which reads the words and looks at the frames
 * together; those after them stay as they are.
 * @param moments best first
 * @throws AppError as `StoredClips` and `Reranker`.
 */
export async function rerankMoments<Found extends Moment>(
  { reranker: source, stored }: { reranker: RerankerSource; stored: StoredClips },
  text: string,
  moments: readonly Found[],
  signal?: AbortSignal,
): Promise<(Found & { matchScore?: number })[]> {
  const reranker = await source();
  const described = await reranker.describeTexts([text], signal);
  const read: (Found & { matchScore: number })[] = [];
  for (const moment of moments.slice(0, RERANKED_MOMENTS)) {
    const { frames, release } = await stored.frames(moment, signal);
    const video = await reranker.describeVideo(frames, signal);
    release();
    const [matchScore] = await reranker.scores(described, video, signal);
    read.push({ ...moment, matchScore: matchScore! });
  }
  read.sort((left, right) => right.matchScore - left.matchScore || right.score - left.score);
  return [...read, ...moments.slice(RERANKED_MOMENTS)];
}
