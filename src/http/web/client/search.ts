import type { z } from 'zod';
import type { momentSchema, searchResponseSchema } from '../../search/search-schema.js';
import { apiUrl, request } from './api.js';
import type { Filters } from './filter-fields.js';

/** One of: a text, a file (picture or clip), a moment to find the like of. */
export interface Query {
  text?: string;
  file?: File;
  like?: { videoId: string; title: string; startSeconds: number; endSeconds: number };
}

export type FoundMoment = z.infer<typeof momentSchema>;
export type SearchAnswer = z.infer<typeof searchResponseSchema>;

/** @throws ProblemError */
export async function search(
  query: Query,
  filters: Filters,
  limit: number,
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const { text, file, like } = query;
  const json = { limit, ...filterFields(filters), ...(text === undefined ? {} : { query: text }) };
  const url = apiUrl('v1/search');
  if (file !== undefined) {
    const form = new FormData();
    form.append('request', JSON.stringify(json));
    form.append(file.type.startsWith('image/') ? 'image' : 'clip', file, file.name);
    return request('POST', url, { form, signal });
  }
  if (like === undefined) return request('POST', url, { json, signal });
  const { videoId, startSeconds, endSeconds } = like;
  return request('POST', url, { json: { ...json, clip: { videoId, startSeconds, endSeconds } }, signal });
}

function filterFields({ tag, title, minSeconds, maxSeconds, groupByVideo, exact }: Filters): object {
  const filter = {
    ...(tag === '' ? {} : { tags: [tag] }),
    ...(title === '' ? {} : { titleContains: title }),
    ...(minSeconds === '' ? {} : { minDurationSeconds: Number(minSeconds) }),
    ...(maxSeconds === '' ? {} : { maxDurationSeconds: Number(maxSeconds) }),
  };
  return {
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
    ...(groupByVideo ? { groupBy: 'video' } : {}),
    ...(exact ? { exact: true } : {}),
  };
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
