/** Of pictures nobody looks at. */
const MAX_IDLE_BYTES = 128 * 2 ** 20;

/**
 * Memory for pictures, shared between threads, that is used again when it is given back. The garbage collector would free it
 * too, but does not see how much it is: measured, an hour of 720p left 4 GB of it lying about before it was collected.
 */
export class PictureMemory {
  readonly #maxIdleBytes: number;
  /** The longest idle first. */
  readonly #idle: Uint8Array[] = [];
  #idleBytes = 0;

  constructor(maxIdleBytes = MAX_IDLE_BYTES) {
    this.#maxIdleBytes = maxIdleBytes;
  }

  /** @returns so many bytes, which show an earlier picture or nothing. */
  take(bytes: number): Uint8Array {
    const position = this.#idle.findLastIndex((picture) => picture.length === bytes);
    if (position < 0) return new Uint8Array(new SharedArrayBuffer(bytes));
    this.#idleBytes -= bytes;
    return this.#idle.splice(position, 1)[0]!;
  }

  /** @param picture as `take` returned it; not looked at any more. */
  giveBack(picture: Uint8Array): void {
    this.#idle.push(picture);
    this.#idleBytes += picture.length;
    while (this.#idleBytes > this.#maxIdleBytes) this.#idleBytes -= this.#idle.shift()!.length;
  }
}
