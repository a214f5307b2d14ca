import { BestScores } from './best-scores.js';
import { innerProductAt } from './inner-product.js';

/** Rows of one block: a few MB, so that growing never copies what is there. */
const BLOCK_ROWS = 4096;
/** Rows compared before others get their turn: some milliseconds. */
const ROWS_A_TURN = 16_384;

export interface ScoredClip {
  clipId: number;
  score: number;
}

/** The vectors of clips in memory, row after row, and comparison with all or some of them, one by one. */
export class VectorStore {
  readonly dimension: number;
  readonly #blocks: Float32Array[] = [];
  /** Clip of each row; 0 for a row that is free. */
  readonly #clipOfRow: number[] = [];
  readonly #rowOfClip = new Map<number, number>();
  readonly #freeRows: number[] = [];

  constructor(dimension: number) {
    this.dimension = dimension;
  }

  get size(): number {
    return this.#rowOfClip.size;
  }

  has(clipId: number): boolean {
    return this.#rowOfClip.has(clipId);
  }

  /** In the order they came, but for those that took the place of removed ones. */
  clipIds(): IterableIterator<number> {
    return this.#rowOfClip.keys();
  }

  /** Keeps a copy. @returns false when the clip is in already; it stays as it is then. */
  add(clipId: number, vector: Float32Array): boolean {
    if (this.#rowOfClip.has(clipId)) return false;
    const row = this.#freeRows.pop() ?? this.#newRow();
    this.#block(row).set(vector, (row % BLOCK_ROWS) * this.dimension);
    this.#clipOfRow[row] = clipId;
    this.#rowOfClip.set(clipId, row);
    return true;
  }

  remove(clipId: number): boolean {
    const row = this.#rowOfClip.get(clipId);
    if (row === undefined) return false;
    this.#rowOfClip.delete(clipId);
    this.#clipOfRow[row] = 0;
    this.#freeRows.push(row);
    return true;
  }

  /** A view, good until the clip is removed. */
  vector(clipId: number): Float32Array | undefined {
    const row = this.#rowOfClip.get(clipId);
    if (row === undefined) return undefined;
    const start = (row % BLOCK_ROWS) * this.dimension;
    return this.#block(row).subarray(start, start + this.dimension);
  }

  /** The inner product with each of the clips that are in. */
  scores(query: Float32Array, clipIds: Iterable<number>): ScoredClip[] {
    const scored: ScoredClip[] = [];
    for (const clipId of clipIds) {
      const row = this.#rowOfClip.get(clipId);
      if (row !== undefined) scored.push({ clipId, score: this.#product(query, row) });
    }
    return scored;
  }

  /** The nearest of some clips. */
  nearestAmong(query: Float32Array, clipIds: Iterable<number>, limit: number): ScoredClip[] {
    const best = new BestScores(limit);
    for (const clipId of clipIds) {
      const row = this.#rowOfClip.get(clipId);
      if (row !== undefined) best.offer(clipId, this.#product(query, row));
    }
    return best.ranked().map(({ id, score }) => ({ clipId: id, score }));
  }

  /** The nearest of all clips that were in when it was asked and are when it answers; others get turns in between. */
  async nearest(query: Float32Array, limit: number, turn: () => Promise<void>): Promise<ScoredClip[]> {
    const best = new BestScores(limit);
    const rows = this.#clipOfRow.length;
    for (let start = 0; start < rows; start += ROWS_A_TURN) {
      if (start > 0) await turn();
      for (let row = start; row < Math.min(start + ROWS_A_TURN, rows); row++) {
        const clipId = this.#clipOfRow[row]!;
        if (clipId !== 0) best.offer(clipId, this.#product(query, row));
      }
    }
    return best
      .ranked()
      .filter(({ id }) => this.has(id))
      .map(({ id, score }) => ({ clipId: id, score }));
  }

  #newRow(): number {
    const row = this.#clipOfRow.length;
    if (row % BLOCK_ROWS === 0) this.#blocks.push(new Float32Array(BLOCK_ROWS * this.dimension));
    return row;
  }

  #block(row: number): Float32Array {
    return this.#blocks[Math.floor(row / BLOCK_ROWS)]!;
  }

  #product(query: Float32Array, row: number): number {
    return innerProductAt(query, this.#block(row), (row % BLOCK_ROWS) * this.dimension);
  }
}
