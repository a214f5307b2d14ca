import { apiUrl, request } from './api.js';
import type { Filters } from './filter-fields.js';

/** One of: a text, a file (picture or clip), a moment to find the like of. */
export interface Query {
  text?: string;
  file?: File;
  like?: { videoId: string; title: string; startSeconds: number; endSeconds: number };
}

export interface FoundMoment {
  clipId: number;
  videoId: string;
  title: string;
  startSeconds: number;
  endSeconds: number;
  score: number;
  /** Share of unrelated queries that score lower, 0 to 1. */
  relevance?: number;
  thumbnail?: string;
}

export interface SearchAnswer {
  results: FoundMoment[];
  noGoodMatch?: boolean;
}

/** @throws ProblemError */
export async function search(
  query: Query,
  filters: Filters,
  limit: number,
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const json = { ...(await what(query)), limit, ...filterFields(filters) };
  return request('POST', apiUrl('v1/search'), { json, signal });
}

async function what({ text, file, like }: Query): Promise<object> {
  if (like !== undefined) {
    const { videoId, startSeconds, endSeconds } = like;
    return { clip: { videoId, startSeconds, endSeconds } };
  }
  if (file !== undefined) return { image: await base64(file) };
  return { query: text };
}

function filterFields({ tag, title, minSeconds, maxSeconds, groupByVideo, exact }: Filters): object {
  const filter = {
    ...(tag === '' ? {} : { tags: [tag] }),
    ...(title === '' ? {} : { title }),
    ...(minSeconds === '' ? {} : { minDurationSeconds: Number(minSeconds) }),
    ...(maxSeconds === '' ? {} : { maxDurationSeconds: Number(maxSeconds) }),
  };
  return {
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
    ...(groupByVideo ? { groupBy: 'video' } : {}),
    ...(exact ? { exact: true } : {}),
  };
}

/** A file's bytes as base64. */
function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** The address that shows a query again. A dropped file has none. */
export function addressOf({ text, like }: Query): string {
  const parameters = new URLSearchParams();
  if (text !== undefined) parameters.set('q', text);
  if (like !== undefined) {
    parameters.set('like', like.videoId);
    parameters.set('start', String(like.startSeconds));
    parameters.set('end', String(like.endSeconds));
    parameters.set('title', like.title);
  }
  return parameters.size === 0 ? location.pathname : `${location.pathname}?${parameters}`;
}

/** The inverse of `addressOf`, for what an address bar or a link holds. */
export function queryOfAddress(address: string): Query {
  const parameters = new URLSearchParams(address);
  const videoId = parameters.get('like');
  if (videoId === null) return { text: parameters.get('q') ?? '' };
  const number = (name: string) => Number(parameters.get(name) ?? 0);
  const title = parameters.get('title') ?? videoId;
  return { like: { videoId, title, startSeconds: number('start'), endSeconds: number('end') } };
}
