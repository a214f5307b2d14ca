import type { Moment } from '../../domain/moment.js';
import { type SearchDependencies, searchLibrary } from './search-library.js';

/**
 * Finds the moments that fit a text best, at most one of windows that mostly overlap.
 * @param limit most moments wanted, 1 to `MAX_LIMIT`
 * @returns best first; fewer than `limit` only when the library holds no more.
 * @throws AppError `invalid-input` for a query of blanks and control characters only, or a limit out of range.
 */
export async function searchClips(
  dependencies: SearchDependencies,
  { query, limit, signal }: { query: string; limit: number; signal?: AbortSignal },
): Promise<Moment[]> {
  const request = { query: [{ kind: 'text' as const, text: query }], limit, ...(signal && { signal }) };
  const { moments } = await searchLibrary({ ...dependencies, relevance: undefined }, request);
  return moments.map(({ relevance: _, ...moment }) => moment);
}
