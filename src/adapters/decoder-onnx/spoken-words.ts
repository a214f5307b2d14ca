/** Turns the pieces of words that a model says into text as it comes. */
export class SpokenWords {
  #said = '';

  get text(): string {
    return this.#said;
  }

  /**
   * @param piece a WordPiece token: a word, or `##` and the rest of one
   * @returns what it adds to the text
   */
  add(piece: string): string {
    const isRest = piece.startsWith('##');
    const added = isRest ? piece.slice(2) : this.#said === '' ? piece : ` ${piece}`;
    this.#said += added;
    return added;
  }
}
