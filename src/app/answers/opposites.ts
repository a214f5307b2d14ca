/** English words that turn a sentence about motion, order or colour round when they are swapped. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['left', 'right'],
  ['leftward', 'rightward'],
  ['leftwards', 'rightwards'],
  ['up', 'down'],
  ['upward', 'downward'],
  ['upwards', 'downwards'],
  ['top', 'bottom'],
  ['above', 'below'],
  ['rises', 'falls'],
  ['rising', 'falling'],
  ['clockwise', 'counterclockwise'],
  ['grows', 'shrinks'],
  ['growing', 'shrinking'],
  ['bigger', 'smaller'],
  ['larger', 'smaller'],
  ['enters', 'leaves'],
  ['entering', 'leaving'],
  ['appears', 'vanishes'],
  ['appearing', 'vanishing'],
  ['into', 'out of'],
  ['towards', 'away from'],
  ['before', 'after'],
];

const OPPOSITE = new Map<string, string>();
for (const [one, other] of PAIRS) {
  if (!OPPOSITE.has(one)) OPPOSITE.set(one, other);
  if (!OPPOSITE.has(other)) OPPOSITE.set(other, one);
}

/** Longest first: `out of` before its parts. */
const WORDS = new RegExp(
  `\\b(?:${[...OPPOSITE.keys()].sort((a, b) => b.length - a.length).join('|')})\\b`,
  'gi',
);

/**
 * The sentence turned round, each way there is: every word that has an opposite swapped by itself, and "first A, then B" as
 * "first B, then A". What fits a clip worse than its own opposite is not shown by it, however well it fits besides.
 */
export function opposites(sentence: string): string[] {
  const swapped = [...sentence.matchAll(WORDS)].map(({ index, 0: word }) => {
    const opposite = OPPOSITE.get(word.toLowerCase())!;
    return sentence.slice(0, index) + opposite + sentence.slice(index + word.length);
  });
  const [, before, one, then, other] =
    /^(.*\bfirst,? )(.+?)(,? (?:and )?then )([^.!?]+)/i.exec(sentence) ?? [];
  return other === undefined ? swapped : [...swapped, `${before}${other}${then}${one}`];
}
