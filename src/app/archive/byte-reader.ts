/** Bytes of a stream in the portions that somebody asks for, whatever pieces they come in. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #endsTooEarly: () => Error;
  #rest: Uint8Array = new Uint8Array();

  /** @param endsTooEarly makes the error for a stream that ends within a portion. */
  constructor(content: AsyncIterable<Uint8Array>, endsTooEarly: () => Error) {
    this.#pieces = content[Symbol.asyncIterator]();
    this.#endsTooEarly = endsTooEarly;
  }

  /** Exactly so many. They may be a view of the piece they came in. */
  async take(count: number): Promise<Uint8Array> {
    if (this.#rest.length >= count) return this.#split(count);
    const portion = new Uint8Array(count);
    for (let filled = 0; filled < count; ) {
      if (this.#rest.length === 0) await this.#nextPiece();
      const part = this.#split(Math.min(this.#rest.length, count - filled));
      portion.set(part, filled);
      filled += part.length;
    }
    return portion;
  }

  #split(count: number): Uint8Array {
    const front = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return front;
  }

  async #nextPiece(): Promise<void> {
    const { done, value } = await this.#pieces.next();
    if (done === true) throw this.#endsTooEarly();
    this.#rest = value;
  }
}
