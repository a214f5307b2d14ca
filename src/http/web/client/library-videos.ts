import { apiUrl, request } from './api.js';
import type { VideoFacts } from './video-details.js';

export const orders = {
  newest: {
    label: 'Newest first',
    compare: (a: VideoFacts, b: VideoFacts) => b.createdAt.localeCompare(a.createdAt),
  },
  title: { label: 'By title', compare: (a: VideoFacts, b: VideoFacts) => a.title.localeCompare(b.title) },
  longest: {
    label: 'Longest first',
    compare: (a: VideoFacts, b: VideoFacts) => (b.durationSeconds ?? 0) - (a.durationSeconds ?? 0),
  },
} as const;
export type Order = keyof typeof orders;

export interface LibraryFilter {
  title: string;
  tag: string;
}

export interface VideoPage {
  videos: VideoFacts[];
  nextCursor?: string;
}

const PAGE = 50;
/** The most that the API gives at once. */
const LARGEST_PAGE = 500;

/** Videos as the API lists them: the newest first. @throws ProblemError */
export function pageOfVideos(
  filter: LibraryFilter,
  cursor: string | undefined,
  signal?: AbortSignal,
  limit: number = PAGE,
): Promise<VideoPage> {
  const url = apiUrl('v1/videos', { limit, cursor, title: filter.title.trim(), tag: filter.tag.trim() });
  return request('GET', url, signal === undefined ? {} : { signal });
}

/** All of them: in any order but the API's, the first may be on the last page. @throws ProblemError */
export async function allVideos(filter: LibraryFilter, signal: AbortSignal): Promise<VideoPage> {
  const videos: VideoFacts[] = [];
  let cursor: string | undefined;
  do {
    const page = await pageOfVideos(filter, cursor, signal, LARGEST_PAGE);
    videos.push(...page.videos);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return { videos };
}
