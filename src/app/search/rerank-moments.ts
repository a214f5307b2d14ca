import type { Moment } from '../../domain/moment.js';
import type { Reranker } from '../../ports/reranker.js';

/** Moments that are read again: each costs decoding and encoding its clip. */
export const RERANKED_MOMENTS = 32;

export interface RerankDependencies {
  /** Loaded when it is first wanted. */
  reranker(): Promise<Reranker>;
  /** The patch tokens of a moment's clip, made again from its video. */
  tokensOf(moment: Moment, reranker: Reranker, signal?: AbortSignal): Promise<Float32Array>;
}

/**
 * Puts the best moments in the order of the model's matching head, which reads the words and looks at the frames
 * together; those after them stay as they are.
 * @param moments best first
 */
export async function rerankMoments<Found extends Moment>(
  { reranker, tokensOf }: RerankDependencies,
  text: string,
  moments: readonly Found[],
  signal?: AbortSignal,
): Promise<(Found & { matchScore?: number })[]> {
  const loaded = await reranker();
  const described = await loaded.describeTexts([text], signal);
  const read: (Found & { matchScore: number })[] = [];
  for (const moment of moments.slice(0, RERANKED_MOMENTS)) {
    const tokens = await tokensOf(moment, loaded, signal);
    const [matchScore] = await loaded.scores(described, { tokens }, signal);
    read.push({ ...moment, matchScore: matchScore! });
  }
  read.sort((left, right) => right.matchScore - left.matchScore || right.score - left.score);
  return [...read, ...moments.slice(RERANKED_MOMENTS)];
}
