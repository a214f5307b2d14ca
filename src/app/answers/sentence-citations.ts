/** The end of a sentence: closing punctuation before a blank, or a new line. */
const SENTENCE_END = /[.!?…]+["'”’)\]]*(?=\s)|[。！？]+|\n+/g;

export interface CitedSentence {
  evidenceId: string;
  sentence: string;
  /** Characters of the text before the citation. */
  position: number;
}

/**
 * Finds the sentence that each citation of a growing text stands for: the one it is in, or ends. A clip that is cited
 * again for the same sentence is cited once.
 */
export class SentenceCitations {
  #text = '';
  /** All are in the last sentence, which is not whole. */
  #waiting: Omit<CitedSentence, 'sentence'>[] = [];
  /** What was cited for the sentence that was whole last, and where that starts. */
  #cited = { start: 0, evidenceIds: new Set<string>() };

  get text(): string {
    return this.#text;
  }

  /** @returns citations whose sentence is whole now. */
  push(text: string): CitedSentence[] {
    this.#text += text;
    return this.#whole(false);
  }

  /** The text up to here rests on this evidence. */
  cite(evidenceId: string): CitedSentence[] {
    if (this.#waiting.some((other) => other.evidenceId === evidenceId)) return [];
    this.#waiting.push({ evidenceId, position: this.#text.length });
    return this.#whole(false);
  }

  /** @returns the citations that are left, now that nothing follows. */
  end(): CitedSentence[] {
    return this.#whole(true);
  }

  #whole(isLast: boolean): CitedSentence[] {
    const still: Omit<CitedSentence, 'sentence'>[] = [];
    const whole = this.#waiting.flatMap(({ evidenceId, position }) => {
      const found = this.#sentenceAt(position, isLast);
      if (found === undefined) still.push({ evidenceId, position });
      if (found === undefined || this.#isCited(evidenceId, found.start)) return [];
      return [{ evidenceId, sentence: found.sentence, position }];
    });
    this.#waiting = still;
    return whole;
  }

  /** Whether a clip was cited before for the sentence that starts there; from now on it was. */
  #isCited(evidenceId: string, start: number): boolean {
    if (start !== this.#cited.start) this.#cited = { start, evidenceIds: new Set() };
    const isCited = this.#cited.evidenceIds.has(evidenceId);
    this.#cited.evidenceIds.add(evidenceId);
    return isCited;
  }

  #sentenceAt(position: number, isLast: boolean): { start: number; sentence: string } | undefined {
    const before = this.#text.slice(0, position).trimEnd();
    // A blank makes the end of what was cited an end for certain.
    const ends = [...`${before} `.matchAll(SENTENCE_END)].map((match) => match.index + match[0].length);
    const isClosed = ends.at(-1) === before.length && before !== '';
    const start = (isClosed ? ends.at(-2) : ends.at(-1)) ?? 0;
    if (isClosed) return { start, sentence: before.slice(start).trim() };
    const after = SENTENCE_END.exec(this.#text.slice(before.length));
    SENTENCE_END.lastIndex = 0;
    if (after === null && !isLast) return undefined;
    const end = after === null ? this.#text.length : before.length + after.index + after[0].length;
    return { start, sentence: this.#text.slice(start, end).trim() };
  }
}
