/** A construct that is longer is let through as it is, but for the addresses in it. */
const MAX_HELD = 300;

/** What may still become a link, a picture or a tag at the end of a text. */
const UNFINISHED = [
  /!?\[[^\]\n]{0,300}$/,
  /!?\[[^\]\n]{0,300}\]$/,
  /!?\[[^\]\n]{0,300}\][([][^)\]\n]{0,300}$/,
  /<(?:[a-z!/][^>\n]{0,300})?$/i,
  /!$/,
  // An address is one run of printable ASCII.
  /[\x21-\x7e]{1,300}$/,
  /(?<!\s)\s+$/,
];

/** Brackets that no markup means anything by. */
const REMOVED = '‹link removed›';

/** Tags and the variation selectors beside them are never seen, and can spell out anything. */
const UNPRINTABLE = /[\p{Cs}\p{Bidi_Control}\u{E0000}-\u{E01EF}]|(?![\n\t])\p{Cc}/gu;

/** A whole link, picture or tag. */
const CONSTRUCT = /!?\[[^\][\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])|<[a-z!/][^>\n]*>/gi;

/** Two characters that a link or a tag begins with. */
const MARKUP_START = /^(?:\]\(|<[a-z!/])$/i;

/** Plain text of a text: of Markdown links and pictures their words, of HTML what it encloses, of addresses nothing. */
export function withoutLinks(text: string): string {
  let plain = text;
  // Each round takes away one layer of nesting; a text has finitely many.
  for (;;) {
    const next = plain
      .replaceAll(/!?\[([^\][\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])/g, '$1')
      .replaceAll(/<[a-z!/][^>\n]*>/gi, '');
    if (next === plain) break;
    plain = next;
  }
  return (
    plain
      .replaceAll(/(?:[a-z][a-z0-9+.-]*:)?\/\/[a-z0-9[][^\s]*/gi, REMOVED)
      .replaceAll(/\b(?:www\.|mailto:|javascript:|data:)[^\s]+/gi, REMOVED)
      .replaceAll(UNPRINTABLE, '')
      // What is left of markup that was never closed, or was nested over pieces, must not become some again.
      .replaceAll('](', '] (')
      .replaceAll(/<(?=[a-z!/])/gi, '‹')
  );
}

/**
 * Makes plain text of an answer that arrives in pieces cut anywhere. Whatever a title or a picture talked a model into,
 * no client gets a link to follow or a picture to load.
 */
export class PlainText {
  #held = '';
  #afterMark = false;
  /** What was given last, which could be markup again with what follows, when a construct between them goes. */
  #lastCharacter = '';

  push(piece: string): string {
    this.#held += piece;
    // Whether blanks after a mark go shows with what follows them.
    if (this.#afterMark && /^\s+[\x21-\x7e]{0,300}$/.test(this.#held)) return '';
    const starts = UNFINISHED.map((unfinished) => this.#held.search(unfinished)).filter((at) => at !== -1);
    const cut = outsideConstructs(this.#held, Math.min(...starts, this.#held.length));
    return this.#held.length - cut > MAX_HELD * 2 ? this.#take(this.#held.length) : this.#take(cut);
  }

  /** Something that is no text stands here: what came before it belongs before it, blanks excepted. */
  mark(): string {
    const text = this.#take(this.#held.trimEnd().length);
    this.#afterMark = true;
    return text;
  }

  end(): string {
    return this.#take(this.#held.length).trimEnd();
  }

  #take(length: number): string {
    if (length === 0) return '';
    let taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    // "a cat [c1]." without the mark is "a cat.", not "a cat .".
    if (this.#afterMark) taken = taken.replace(/^\s+(?=[.,;:!?])/, '').replace(/^(\s)\s+/, '$1');
    this.#afterMark = false;
    const plain = withoutLinks(taken);
    if (plain === '') return '';
    const isMarkup = MARKUP_START.test(this.#lastCharacter + plain.charAt(0));
    this.#lastCharacter = plain.slice(-1);
    return isMarkup ? ` ${plain}` : plain;
  }
}

/** The cut, or the start of the construct it would go through. */
function outsideConstructs(text: string, cut: number): number {
  const through = [...text.matchAll(CONSTRUCT)].find(
    ({ index, 0: construct }) => index < cut && cut < index + construct.length,
  );
  return through?.index ?? cut;
}
