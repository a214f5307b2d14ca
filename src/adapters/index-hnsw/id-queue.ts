/**
 * Ids in the order they came, any of which may leave early. A bare Set would do, but finding its first member again takes
 * as long as it has had members since it last shrank.
 */
export class IdQueue {
  readonly #members = new Set<number>();
  /** In order; from `#head` on. Those that are no members any more are passed over. */
  #order: number[] = [];
  #head = 0;

  constructor(ids: Iterable<number> = []) {
    for (const id of ids) this.add(id);
  }

  get size(): number {
    return this.#members.size;
  }

  /** The one that has waited longest; undefined when there is none. */
  get first(): number | undefined {
    while (this.#head < this.#order.length && !this.#members.has(this.#order[this.#head]!)) this.#head++;
    if (this.#head > this.#order.length / 2) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
    return this.#order[this.#head];
  }

  /** One that is in stays where it is. */
  add(id: number): void {
    if (this.#members.has(id)) return;
    this.#members.add(id);
    this.#order.push(id);
  }

  /** @returns whether it was in. */
  delete(id: number): boolean {
    return this.#members.delete(id);
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.#members.values();
  }
}
