import { basename } from 'node:path';
import { searchClips } from '../../src/app/search/search-clips.js';
import { MAX_LIMIT } from '../../src/app/search/search-request.js';

/** Scores of one caption with every video of a library: the best clip of each, by file name. */
export type Scores = Map<string, number>;

/** Ranks a whole library for a caption, as a search does. */
export async function scoreCaption(
  library: Parameters<typeof searchClips>[0],
  query: string,
): Promise<Scores> {
  const scores: Scores = new Map();
  for (const { path, score } of await searchClips(library, { query, limit: MAX_LIMIT })) {
    const file = basename(path);
    scores.set(file, Math.max(score, scores.get(file) ?? Number.NEGATIVE_INFINITY));
  }
  return scores;
}
