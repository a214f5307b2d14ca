import { apiUrl, request } from './api.js';

export interface ScoredClip {
  id: number;
  startSeconds: number;
  endSeconds: number;
  /** Absent where nothing is asked. */
  score?: number;
}

/** The most that the API gives at once. */
const LARGEST_PAGE = 500;

/** All clips of a video by start, each with how well the query fits it. @throws ProblemError */
export async function scoredClips(
  videoId: string,
  query: string,
  signal: AbortSignal,
): Promise<ScoredClip[]> {
  const clips: ScoredClip[] = [];
  let cursor: string | undefined;
  do {
    const url = apiUrl(`v1/videos/${videoId}/clips`, { query, cursor, limit: LARGEST_PAGE });
    const page = await request<{ clips: ScoredClip[]; nextCursor?: string }>('GET', url, { signal });
    clips.push(...page.clips);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return clips;
}
