import { AppError } from '../../domain/errors.js';
import type { TimeRange } from '../../domain/time-range.js';
import type { SearchFilter } from '../../ports/clip-finder.js';
import type { Embedding } from '../../ports/encoders.js';

/** What is looked for. */
export type QueryPart = { weight?: number } & (
  | { kind: 'text'; text: string }
  /** A picture: PNG, JPEG, WebP, AVIF or GIF. */
  | { kind: 'image'; bytes: Uint8Array }
  /** A stretch of a video of the library; the whole video when no times are given. */
  | ({ kind: 'clip'; videoId: string } & Partial<TimeRange>)
  /** A video file that is not in the library. */
  | { kind: 'file'; path: string }
  /** A vector of the library's own model. */
  | { kind: 'vector'; vector: Embedding }
);

export interface SearchRequest {
  /** One or more; vectors are mixed by weight (1 if not given; a negative one looks away from it). */
  query: readonly QueryPart[];
  /** Most results wanted, 1 to `MAX_LIMIT`. */
  limit?: number;
  filter?: SearchFilter;
  /** `clip`: every moment. `video`: the best moment of each video. */
  groupBy?: 'clip' | 'video';
  /** `nextCursor` of the page before. */
  cursor?: string;
  /** Compare with every clip instead of asking the approximate index. */
  exact?: boolean;
  /** Let the model read text and frames of the best moments together. */
  rerank?: boolean;
  /** Look for the words of the text in titles, tags, descriptions and captions as well. */
  hybrid?: boolean;
  /** Say how the answer came about. */
  explain?: boolean;
  signal?: AbortSignal;
}

export const DEFAULT_LIMIT = 10;
export const MAX_LIMIT = 1000;
export const MAX_QUERY_LENGTH = 2000;
export const MAX_WEIGHT = 100;

/** @throws AppError `invalid-input`. */
export function assertValid({ query, limit = DEFAULT_LIMIT, rerank, hybrid }: SearchRequest): void {
  if (query.length === 0) {
    throw new AppError('invalid-input', 'The search has no query.', {
      hint: 'Give a text, an image, a clip or a vector.',
    });
  }
  for (const part of query) {
    if (part.kind === 'text') assertText(part.text);
    const { weight = 1 } = part;
    if (!Number.isFinite(weight) || Math.abs(weight) > MAX_WEIGHT) {
      throw new AppError(
        'invalid-input',
        `The weight ${weight} of the ${part.kind} is not between -${MAX_WEIGHT} and ${MAX_WEIGHT}.`,
      );
    }
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new AppError('invalid-input', `The limit ${limit} is no whole number from 1 to ${MAX_LIMIT}.`);
  }
  const flag = rerank ? 'rerank' : hybrid ? 'hybrid' : undefined;
  if (flag !== undefined && textOf(query) === undefined) {
    throw new AppError('invalid-input', `${flag} needs a text in the query, and there is none.`);
  }
}

/** What the query says in words; undefined when it says nothing. */
export function textOf(query: readonly QueryPart[]): string | undefined {
  const texts = query.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  return texts.length === 0 ? undefined : texts.join(' ');
}

function assertText(text: string): void {
  if (/^[\p{Cc}\s]*$/u.test(text)) {
    throw new AppError('invalid-input', 'The query is empty.', { hint: 'Describe what the video shows.' });
  }
  if (text.length > MAX_QUERY_LENGTH) {
    throw new AppError(
      'invalid-input',
      `The query has ${text.length} characters; at most ${MAX_QUERY_LENGTH} go.`,
      { hint: 'Only the first few dozen words are read anyway: shorten it.' },
    );
  }
}
