import { assertUsableVector } from '../../domain/embedding-check.js';
import type { ClipVector } from '../../ports/catalog.js';
import type { ClipIndex, IndexSearchOptions, IndexState, Neighbour } from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import { VectorStore } from '../vector-store/vector-store.js';

/** Compares the query with every vector: never wrong, linear in the library. The oracle of the approximate index. */
export class ExactIndex implements ClipIndex {
  readonly restores = 0;
  readonly #vectors: VectorStore;
  #lastClipId = 0;

  constructor(dimension: number) {
    this.#vectors = new VectorStore(dimension);
  }

  get dimension(): number {
    return this.#vectors.dimension;
  }

  get size(): number {
    return this.#vectors.size;
  }

  get lastClipId(): number {
    return this.#lastClipId;
  }

  async state(): Promise<IndexState> {
    return { size: this.size, lastClipId: this.lastClipId, unarranged: 0, dead: 0 };
  }

  async add(clips: readonly ClipVector[], throughClipId = 0): Promise<void> {
    for (const { clipId, vector } of clips) assertUsableVector(vector, this.dimension, `Clip ${clipId}`);
    for (const { clipId, vector } of clips) {
      this.#vectors.add(clipId, vector);
      this.#lastClipId = Math.max(this.#lastClipId, clipId);
    }
    this.#lastClipId = Math.max(this.#lastClipId, throughClipId);
  }

  async remove(clipIds: readonly number[]): Promise<void> {
    for (const clipId of clipIds) this.#vectors.remove(clipId);
  }

  async search(query: Embedding, limit: number, { among }: IndexSearchOptions = {}): Promise<Neighbour[]> {
    assertUsableVector(query, this.dimension, 'The query');
    return this.#vectors.nearestAmong(query, among ?? this.#vectors.clipIds(), limit);
  }

  async clipIds(): Promise<number[]> {
    return [...this.#vectors.clipIds()];
  }

  async settled(): Promise<void> {}

  /** Nothing to save: reading the catalog is all it takes to make it. */
  async save(): Promise<void> {}

  async close(): Promise<void> {}
}
