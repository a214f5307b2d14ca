const OPENING = '<think>';
const CLOSING = '</think>';

/**
 * Leaves out what a model thinks before it answers, where the server passes that on as part of the answer: a `<think>`
 * element at its very beginning, in pieces cut anywhere.
 */
export class WithoutThoughts {
  #held = '';
  #state: 'beginning' | 'thinking' | 'answering' = 'beginning';

  push(piece: string): string {
    this.#held += piece;
    if (this.#state === 'beginning') {
      const begun = this.#held.trimStart();
      if (begun.startsWith(OPENING)) this.#state = 'thinking';
      else if (!OPENING.startsWith(begun)) this.#state = 'answering';
      else return '';
    }
    if (this.#state === 'thinking') {
      const closing = this.#held.indexOf(CLOSING);
      if (closing === -1) return '';
      this.#held = this.#held.slice(closing + CLOSING.length).trimStart();
      this.#state = 'answering';
    }
    return this.end();
  }

  /** What is still held back: the beginning of an answer that might have become a thought. */
  end(): string {
    const text = this.#state === 'thinking' ? '' : this.#held;
    this.#held = '';
    return text;
  }
}
