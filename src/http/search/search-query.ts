import type { QueryPart, SearchRequest } from '../../app/search/search-request.js';
import { AppError } from '../../domain/errors.js';
import type { SearchFilter } from '../../ports/clip-finder.js';
import type { SearchBody } from './search-schema.js';

/** Files that came with a search as a form. */
export interface QueryFiles {
  image?: Uint8Array;
  /** Path of a video. */
  clip?: string;
}

/** What a request's body asks for, in the words of the use case. @throws AppError `invalid-input`. */
export function toSearchRequest(body: SearchBody, files: QueryFiles, signal: AbortSignal): SearchRequest {
  const { limit, groupBy, exact, rerank, hybrid, explain, cursor } = body;
  return {
    query: queryParts(body, files),
    filter: toFilter(body.filter ?? {}),
    limit,
    groupBy,
    exact,
    rerank,
    hybrid,
    explain,
    signal,
    ...(cursor === undefined ? {} : { cursor }),
  };
}

function queryParts(
  { query, image, clip, vector, weights = {} }: SearchBody,
  files: QueryFiles,
): QueryPart[] {
  if (files.image !== undefined && image !== undefined) throw twice('image');
  if (files.clip !== undefined && clip !== undefined) throw twice('clip');
  const picture = files.image ?? (image === undefined ? undefined : Buffer.from(image, 'base64'));
  const weighted = (part: keyof typeof weights) => ({ weight: weights[part] ?? 1 });
  const parts: QueryPart[] = [];
  if (query !== undefined) parts.push({ kind: 'text', text: query, ...weighted('query') });
  if (picture !== undefined) parts.push({ kind: 'image', bytes: picture, ...weighted('image') });
  if (clip !== undefined) parts.push({ kind: 'clip', ...defined(clip), ...weighted('clip') });
  if (files.clip !== undefined) parts.push({ kind: 'file', path: files.clip, ...weighted('clip') });
  if (vector !== undefined) parts.push({ kind: 'vector', vector: toVector(vector), ...weighted('vector') });
  if (parts.length > 0) return parts;
  throw new AppError('invalid-input', 'The search has no query.', {
    hint: 'Give one or more of: query (a text), image, clip, vector.',
  });
}

function toFilter({ createdFrom, createdBefore, ...rest }: NonNullable<SearchBody['filter']>): SearchFilter {
  return {
    ...rest,
    createdFromMs: createdFrom === undefined ? undefined : Date.parse(createdFrom),
    createdBeforeMs: createdBefore === undefined ? undefined : Date.parse(createdBefore),
  };
}

function toVector(vector: readonly number[] | string): Float32Array {
  if (typeof vector !== 'string') return Float32Array.from(vector);
  const bytes = Buffer.from(vector, 'base64');
  if (bytes.length % 4 !== 0) {
    throw new AppError(
      'invalid-input',
      `The vector has ${bytes.length} bytes, which is no whole number of float32 values.`,
    );
  }
  // A copy, for the bytes need not lie where values may; in memory they are little-endian wherever Node runs.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function defined<Shape extends object>(shape: Shape) {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Shape]: Exclude<Shape[Key], undefined>;
  };
}

function twice(part: string): AppError {
  return new AppError('invalid-input', `The form has a file "${part}" and its request names one as well.`, {
    hint: 'Send one of the two.',
  });
}
