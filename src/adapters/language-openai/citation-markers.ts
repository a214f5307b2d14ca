import type { LanguageEvent } from '../../ports/language-model.js';

/** What a model is told to write when the evidence does not tell. */
export const CANNOT_TELL = '[cannot tell]';

/** `[c1]`, and `[c1, c2]` as some models write several. */
const CITATION = /^\[\s*([a-z]\d{1,4}(?:\s*[,;]\s*[a-z]\d{1,4})*)\s*\]$/i;
const ABSTENTION = /^\[\s*cannot tell\s*\]$/i;
/** Longer than any marker: what opens a bracket and goes on beyond that is prose. */
const MAX_MARKER_LENGTH = 80;

export type MarkedEvent = Exclude<LanguageEvent, { type: 'finish' }> | { type: 'abstained' };

/**
 * Takes the markers out of an answer that arrives in pieces cut anywhere: what might become a marker is held back until
 * it is known what it is. Markers of evidence that was not given are dropped, and counted.
 */
export class CitationMarkers {
  readonly #known: ReadonlyMap<string, string>;
  #held = '';
  /** Citations of evidence that the model made up. */
  invented = 0;

  constructor(evidenceIds: readonly string[]) {
    this.#known = new Map(evidenceIds.map((id) => [id.toLowerCase(), id]));
  }

  push(piece: string): MarkedEvent[] {
    this.#held += piece;
    return this.#take(false);
  }

  /** What is still held back, now that nothing follows. */
  end(): MarkedEvent[] {
    return this.#take(true);
  }

  #take(isLast: boolean): MarkedEvent[] {
    const events: MarkedEvent[] = [];
    let text = '';
    const flush = (): void => {
      if (text !== '') events.push({ type: 'delta', text });
      text = '';
    };
    for (;;) {
      // The blanks before a marker go with it when it is dropped.
      const opening = this.#held.search(/(?<!\s)(?:\s*\[|\s+$)/);
      if (opening === -1 || (isLast && !this.#held.includes('['))) {
        text += this.#held;
        this.#held = '';
        break;
      }
      text += this.#held.slice(0, opening);
      this.#held = this.#held.slice(opening);
      const blanks = /^\s*/.exec(this.#held)![0];
      const next = this.#held.slice(blanks.length + 1).search(/[[\]\n]/) + 1;
      const end = blanks.length + next;
      if (next > 0 && this.#held[end] === ']') {
        const bracketed = this.#held.slice(blanks.length, end + 1);
        const markers = this.#read(bracketed);
        if (markers === undefined) text += blanks + bracketed;
        else if (markers.length > 0) {
          text += blanks;
          flush();
          events.push(...markers);
        }
        this.#held = this.#held.slice(end + 1);
      } else if (next > 0 || isLast || this.#held.length > blanks.length + MAX_MARKER_LENGTH) {
        text += `${blanks}[`;
        this.#held = this.#held.slice(blanks.length + 1);
      } else break;
    }
    flush();
    return events;
  }

  /** @returns undefined when the brackets hold prose. */
  #read(bracketed: string): MarkedEvent[] | undefined {
    if (ABSTENTION.test(bracketed)) return [{ type: 'abstained' }];
    const ids = CITATION.exec(bracketed)?.[1]?.split(/\s*[,;]\s*/);
    return ids?.flatMap((id) => {
      const evidenceId = this.#known.get(id.toLowerCase());
      if (evidenceId !== undefined) return [{ type: 'citation' as const, evidenceId }];
      this.invented++;
      return [];
    });
  }
}
