import { assertUsableVector } from '../../domain/embedding-check.js';
import type { ClipVector } from '../../ports/catalog.js';
import type { ClipIndex, Neighbour } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';

/** Compares the query with every vector: never wrong, linear in the library. The oracle of the approximate index. */
export class ExactIndex implements ClipIndex {
  readonly dimension: number;
  readonly #vectors = new Map<number, Embedding>();
  #lastClipId = 0;

  constructor(dimension: number) {
    this.dimension = dimension;
  }

  get size(): number {
    return this.#vectors.size;
  }

  get lastClipId(): number {
    return this.#lastClipId;
  }

  async add(clips: readonly ClipVector[]): Promise<void> {
    for (const { clipId, vector } of clips) assertUsableVector(vector, this.dimension, `Clip ${clipId}`);
    for (const { clipId, vector } of clips) {
      if (!this.#vectors.has(clipId)) this.#vectors.set(clipId, vector.slice());
      this.#lastClipId = Math.max(this.#lastClipId, clipId);
    }
  }

  async search(query: Embedding, limit: number): Promise<Neighbour[]> {
    assertUsableVector(query, this.dimension, 'The query');
    const all = Array.from(this.#vectors, ([clipId, vector]) => ({
      clipId,
      score: innerProduct(query, vector),
    }));
    return all.sort((left, right) => right.score - left.score).slice(0, limit);
  }

  /** Nothing to save: reading the catalog is all it takes to make it. */
  async save(): Promise<void> {}
}

function innerProduct(left: Embedding, right: Embedding): number {
  return left.reduce((sum, value, position) => sum + value * right[position]!, 0);
}
