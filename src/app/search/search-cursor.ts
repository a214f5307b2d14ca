import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { Embedding } from '../../ports/encoders.js';
import type { SearchRequest } from './search-request.js';

/** Where a page of results ended. */
export interface SearchCursor {
  /** Which search it belongs to. */
  search: string;
  /** Clips that came after this one are not part of the search: pages do not shift when a video arrives. */
  lastClipId: number;
  /** Results on all pages so far. */
  shown: number;
  /** The last of them. */
  lastShownClipId: number;
}

/** A short name for what a search asks: the same for every page of it. */
export function searchName(vector: Embedding, request: SearchRequest): string {
  const { filter, groupBy = 'clip', exact = false, rerank = false, hybrid = false } = request;
  return createHash('sha256')
    .update(vector)
    .update(JSON.stringify([filter ?? {}, groupBy, exact, rerank, hybrid]))
    .digest('base64url')
    .slice(0, 12);
}

export function writeCursor({ search, lastClipId, shown, lastShownClipId }: SearchCursor): string {
  return Buffer.from(JSON.stringify([search, lastClipId, shown, lastShownClipId])).toString('base64url');
}

/** @throws AppError `invalid-input` for what is no cursor, or belongs to another search. */
export function readCursor(text: string, search: string): SearchCursor {
  const [name, ...numbers] = parse(text);
  const isCursor = typeof name === 'string' && numbers.length === 3 && numbers.every(isCount);
  if (!isCursor) {
    throw new AppError('invalid-input', `${JSON.stringify(text)} is no cursor of a search.`, {
      hint: 'Pass the nextCursor of the page before, or none for the first page.',
    });
  }
  if (name !== search) {
    throw new AppError('invalid-input', 'The cursor belongs to another search.', {
      hint: 'Send the same query, filter and options with it as for the first page; only the limit may change.',
    });
  }
  const [lastClipId, shown, lastShownClipId] = numbers as [number, number, number];
  return { search, lastClipId, shown, lastShownClipId };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parse(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

/** Position of the first result after those that were shown. */
export function startOfPage(clipIds: readonly number[], cursor: SearchCursor | undefined): number {
  if (cursor === undefined) return 0;
  const last = clipIds.indexOf(cursor.lastShownClipId);
  // One that was deleted since leaves its place to the next.
  return last === -1 ? Math.max(0, cursor.shown - 1) : last + 1;
}
