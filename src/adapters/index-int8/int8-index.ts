import { assertUsableVector } from '../../domain/embedding-check.js';
import type { ClipVector } from '../../ports/catalog.js';
import type { ClipSearcher, IndexSearchOptions, IndexState, Neighbour } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import { BestScores } from '../vector-store/best-scores.js';
import { innerProductAt } from '../vector-store/inner-product.js';
import { type BlockSource, codeProductAt } from '../vector-store/vector-block.js';

export interface Int8IndexParts {
  dimension: number;
  /** Clips of the library, and the highest of their ids. */
  size: number;
  lastClipId: number;
  source: BlockSource;
  /** The vectors themselves, of those of the clips that exist. */
  vectorsOf: (clipIds: readonly number[]) => Promise<ClipVector[]>;
}

/**
 * Compares a query with the 8-bit codes of every clip, and with the vectors of those clips alone that may be among the nearest.
 * A code is off by no more than is known of it, so what is passed over cannot be nearer: the answer is exact, scores included.
 */
export class Int8Index implements ClipSearcher {
  readonly dimension: number;
  readonly size: number;
  readonly lastClipId: number;
  readonly #source: BlockSource;
  readonly #vectorsOf: Int8IndexParts['vectorsOf'];

  constructor({ dimension, size, lastClipId, source, vectorsOf }: Int8IndexParts) {
    this.dimension = dimension;
    this.size = size;
    this.lastClipId = lastClipId;
    this.#source = source;
    this.#vectorsOf = vectorsOf;
  }

  async state(): Promise<IndexState> {
    const { size, lastClipId } = this;
    return { size, lastClipId, unarranged: 0, dead: 0 };
  }

  async search(query: Embedding, limit: number, { among }: IndexSearchOptions = {}): Promise<Neighbour[]> {
    assertUsableVector(query, this.dimension, 'The query');
    if (limit <= 0 || this.size === 0) return [];
    const best = new BestScores(limit);
    const candidates = await this.#candidates(query, limit, among && new Set(among));
    for (const { clipId, vector } of await this.#vectorsOf(candidates)) {
      best.offer(clipId, innerProductAt(query, vector));
    }
    return best.ranked().map(({ id, score }) => ({ clipId: id, score }));
  }

  /** The clips whose scores may be as high as the `limit`-th: those that can reach what so many surely reach. */
  async #candidates(
    query: Embedding,
    limit: number,
    among: ReadonlySet<number> | undefined,
  ): Promise<number[]> {
    const length = Math.sqrt(innerProductAt(query, query));
    const surely = new BestScores(limit);
    const clipIds: number[] = [];
    const atMost: number[] = [];
    for (const block of await this.#source.blocks()) {
      for (let row = 0; row < block.clipIds.length; row++) {
        const clipId = block.clipIds[row]!;
        if (among !== undefined && !among.has(clipId)) continue;
        const score = codeProductAt(query, block.codes, row * this.dimension) * block.scales[row]!;
        const leeway = block.errors[row]! * length;
        surely.offer(clipId, score - leeway);
        clipIds.push(clipId);
        atMost.push(score + leeway);
      }
    }
    if (clipIds.length <= limit) return clipIds;
    const reached = surely.ranked().at(-1)!.score;
    return clipIds.filter((_, position) => atMost[position]! >= reached);
  }
}
