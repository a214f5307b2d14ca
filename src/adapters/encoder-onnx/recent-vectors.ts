import type { Embedding } from '../../ports/encoders.js';

/** The vectors of the keys used last: people page through results and repeat themselves. */
export class RecentVectors {
  readonly #capacity: number;
  /** A Map goes through its keys in the order they were set: the first is the one not used for longest. */
  readonly #vectors = new Map<string, Embedding>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A copy of the vector, the caller's to change; undefined when it is not, or no longer, known. */
  get(key: string): Embedding | undefined {
    const vector = this.#vectors.get(key);
    if (vector === undefined) return undefined;
    this.#vectors.delete(key);
    this.#vectors.set(key, vector);
    return vector.slice();
  }

  set(key: string, vector: Embedding): void {
    this.#vectors.delete(key);
    this.#vectors.set(key, vector.slice());
    if (this.#vectors.size > this.#capacity) this.#vectors.delete(this.#vectors.keys().next().value!);
  }
}
