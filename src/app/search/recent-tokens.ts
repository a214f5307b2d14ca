/** Some two hundred clips of a small model, sixteen of a large one. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What the re-ranker saw of clips lately: a question like the last one is asked of the same clips. */
export class RecentTokens {
  readonly #maxBytes: number;
  /** By clip, the one that was wanted longest ago first. */
  readonly #tokens = new Map<number, Float32Array>();
  #bytes = 0;

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get(clipId: number): Float32Array | undefined {
    const tokens = this.#tokens.get(clipId);
    if (tokens === undefined) return undefined;
    this.#tokens.delete(clipId);
    this.#tokens.set(clipId, tokens);
    return tokens;
  }

  put(clipId: number, tokens: Float32Array): void {
    this.#forget(clipId);
    this.#tokens.set(clipId, tokens);
    this.#bytes += tokens.byteLength;
    for (const oldest of this.#tokens.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(clipId: number): void {
    this.#bytes -= this.#tokens.get(clipId)?.byteLength ?? 0;
    this.#tokens.delete(clipId);
  }
}
