import type { Vectorize } from '@cloudflare/workers-types';
import type { ClipVector } from '../../ports/catalog.js';
import type { ClipSearcher, IndexSearchOptions, IndexState, Neighbour } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import { BestScores } from '../vector-store/best-scores.js';
import { innerProductAt } from '../vector-store/inner-product.js';

/** Neighbours that Vectorize gives at most, where it is asked for no more than their ids. */
const MAX_NEIGHBOURS = 100;

export interface VectorizeIndexParts {
  vectorize: Pick<Vectorize, 'query'>;
  /** Whose vectors are searched: each model has a namespace of its own. */
  fingerprint: string;
  /** The vectors themselves, of those of the clips that exist. */
  vectorsOf: (clipIds: readonly number[]) => Promise<ClipVector[]>;
  /** Asked for what Vectorize cannot do: exact answers, clips out of some, and more of them than it gives. */
  exact: ClipSearcher;
}

/**
 * Finds clips in Vectorize, Cloudflare's approximate index. It knows of a change some seconds later: what it finds is looked up
 * in the catalog, scores included, and where that leaves too few the other index is asked.
 */
export class VectorizeIndex implements ClipSearcher {
  readonly #vectorize: Pick<Vectorize, 'query'>;
  readonly #fingerprint: string;
  readonly #vectorsOf: VectorizeIndexParts['vectorsOf'];
  readonly #exact: ClipSearcher;

  constructor({ vectorize, fingerprint, vectorsOf, exact }: VectorizeIndexParts) {
    this.#vectorize = vectorize;
    this.#fingerprint = fingerprint;
    this.#vectorsOf = vectorsOf;
    this.#exact = exact;
  }

  get dimension(): number {
    return this.#exact.dimension;
  }

  get size(): number {
    return this.#exact.size;
  }

  get lastClipId(): number {
    return this.#exact.lastClipId;
  }

  state(): Promise<IndexState> {
    return this.#exact.state();
  }

  async search(query: Embedding, limit: number, options: IndexSearchOptions = {}): Promise<Neighbour[]> {
    const { exact = false, among } = options;
    if (exact || among !== undefined || limit > MAX_NEIGHBOURS || query.length !== this.dimension) {
      return this.#exact.search(query, limit, options);
    }
    const { matches } = await this.#vectorize.query(query, {
      topK: Math.min(limit, MAX_NEIGHBOURS),
      namespace: this.#fingerprint,
      returnValues: false,
      returnMetadata: 'none',
    });
    const best = new BestScores(limit);
    const found = await this.#vectorsOf(matches.map(({ id }) => Number(id)));
    for (const { clipId, vector } of found) best.offer(clipId, innerProductAt(query, vector));
    if (found.length < Math.min(limit, this.size)) return this.#exact.search(query, limit, options);
    return best.ranked().map(({ id, score }) => ({ clipId: id, score }));
  }
}
