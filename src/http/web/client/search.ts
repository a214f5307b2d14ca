import type { z } from 'zod';
import type { momentSchema, searchResponseSchema } from '../../search/search-schema.js';
import { apiUrl, request } from './api.js';
import { type Filters, noFilters } from './filter-fields.js';

/** A stretch of a video of the library. */
export interface Stretch {
  videoId: string;
  title: string;
  startSeconds: number;
  endSeconds: number;
}

/** Any of: a text, a file (picture or clip), a moment to find the like of. What is given together is mixed. */
export interface Query {
  text: string;
  file?: File;
  like?: Stretch;
}

export type FoundMoment = z.infer<typeof momentSchema>;
export type SearchAnswer = z.infer<typeof searchResponseSchema>;

export function isEmpty({ text, file, like }: Query): boolean {
  return file === undefined && like === undefined && text.trim() === '';
}

/** @param cursor of the page before; undefined for the first @throws ProblemError */
export async function search(
  query: Query,
  filters: Filters,
  { limit, cursor, signal }: { limit: number; cursor?: string | undefined; signal: AbortSignal },
): Promise<SearchAnswer> {
  const { text, file, like } = query;
  const json = {
    limit,
    ...filterFields(filters),
    ...(cursor === undefined ? {} : { cursor }),
    ...(text.trim() === '' ? {} : { query: text }),
    ...(like === undefined
      ? {}
      : {
          clip: { videoId: like.videoId, startSeconds: like.startSeconds, endSeconds: like.endSeconds },
        }),
  };
  const url = apiUrl('v1/search');
  if (file === undefined) return request('POST', url, { json, signal });
  const form = new FormData();
  form.append('request', JSON.stringify(json));
  form.append(isPicture(file) ? 'image' : 'clip', file, file.name);
  return request('POST', url, { form, signal });
}

export function isPicture(file: File): boolean {
  return file.type.startsWith('image/');
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

/** What follows the `?` of an address that shows a search again; empty where there is nothing. A dropped file has none. */
export function addressOf({ text, like }: Query, filters: Filters = noFilters): string {
  const parameters = new URLSearchParams();
  if (text !== '') parameters.set('q', text);
  if (like !== undefined) {
    parameters.set('like', like.videoId);
    parameters.set('start', String(like.startSeconds));
    parameters.set('end', String(like.endSeconds));
    parameters.set('of', like.title);
  }
  for (const [name, value] of Object.entries(filters)) {
    if (value === true) parameters.set(name, '1');
    else if (value !== false && value !== '') parameters.set(name, value);
  }
  return parameters.toString();
}

/** The inverse of `addressOf`, for what an address bar or a link holds. */
export function queryOfAddress(address: string): Query {
  const parameters = new URLSearchParams(address);
  const text = parameters.get('q') ?? '';
  const videoId = parameters.get('like');
  if (videoId === null) return { text };
  const number = (name: string) => Number(parameters.get(name) ?? 0);
  const title = parameters.get('of') ?? videoId;
  return { text, like: { videoId, title, startSeconds: number('start'), endSeconds: number('end') } };
}

/** As `queryOfAddress`. */
export function filtersOfAddress(address: string): Filters {
  const parameters = new URLSearchParams(address);
  const text = (name: string) => parameters.get(name) ?? '';
  return {
    title: text('title'),
    tag: text('tag'),
    minSeconds: text('minSeconds'),
    maxSeconds: text('maxSeconds'),
    groupByVideo: parameters.has('groupByVideo'),
    exact: parameters.has('exact'),
  };
}
