import { AppError } from '../domain/errors.js';
import { type Moment, withoutOverlaps } from '../domain/moment.js';
import type { Catalog } from '../ports/catalog.js';
import type { ClipIndex, Neighbour } from '../ports/clip-index.js';
import type { TextEncoder } from '../ports/encoders.js';
import { followCatalog } from './follow-catalog.js';

export interface SearchDependencies {
  catalog: Catalog;
  index: ClipIndex;
  textEncoder: TextEncoder;
}

export interface SearchRequest {
  query: string;
  /** Most moments wanted, 1 to `MAX_LIMIT`. */
  limit: number;
  signal?: AbortSignal;
}

export const DEFAULT_LIMIT = 10;
export const MAX_LIMIT = 1000;
export const MAX_QUERY_LENGTH = 2000;

/** Clips asked of the index for each moment wanted: overlapping windows of one event are found together. */
export const CLIPS_PER_MOMENT = 4;

/**
 * Finds the moments that fit a text best, at most one of windows that mostly overlap.
 * @returns best first; fewer than `limit` only when the library holds no more.
 * @throws AppError `invalid-input` for a query of blanks and control characters only, or a limit out of range.
 */
export async function searchClips(
  dependencies: SearchDependencies,
  request: SearchRequest,
): Promise<Moment[]> {
  assertValid(request);
  const { catalog, index, textEncoder } = dependencies;
  await followCatalog(index, catalog);
  const [vector] = await textEncoder.encode([request.query], request.signal);

  let clipLimit = request.limit * CLIPS_PER_MOMENT;
  for (;;) {
    const neighbours = await index.search(vector!, clipLimit);
    const moments = withoutOverlaps(await toMoments(catalog, neighbours));
    if (moments.length >= request.limit || neighbours.length >= index.size || neighbours.length < clipLimit) {
      return moments.slice(0, request.limit);
    }
    clipLimit *= 2;
  }
}

async function toMoments(catalog: Catalog, neighbours: readonly Neighbour[]): Promise<Moment[]> {
  const located = await catalog.locateClips(neighbours.map(({ clipId }) => clipId));
  const clipOfId = new Map(located.map((clip) => [clip.id, clip]));
  return neighbours.flatMap(({ clipId, score }) => {
    const clip = clipOfId.get(clipId);
    if (clip === undefined) return [];
    const { videoId, title, path, startSeconds, endSeconds } = clip;
    return [{ clipId, videoId, title, path, startSeconds, endSeconds, score }];
  });
}

function assertValid({ query, limit }: SearchRequest): void {
  if (/^[\p{Cc}\s]*$/u.test(query)) {
    throw new AppError('invalid-input', 'The query is empty.', { hint: 'Describe what the video shows.' });
  }
  if (query.length > MAX_QUERY_LENGTH) {
    throw new AppError(
      'invalid-input',
      `The query has ${query.length} characters; at most ${MAX_QUERY_LENGTH} go.`,
      { hint: 'Only the first few dozen words are read anyway: shorten it.' },
    );
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new AppError('invalid-input', `The limit ${limit} is no whole number from 1 to ${MAX_LIMIT}.`);
  }
}
