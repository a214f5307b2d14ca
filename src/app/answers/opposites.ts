/** English words and phrases of which one excludes the others: a sentence with another one says something else. */
const GROUPS: readonly (readonly string[])[] = [
  ['left', 'right', 'up', 'down'],
  ['leftward', 'rightward', 'upward', 'downward'],
  ['leftwards', 'rightwards', 'upwards', 'downwards'],
  ['to the left', 'to the right'],
  ['on the left', 'on the right', 'at the top', 'at the bottom', 'in the middle'],
  ['from the left', 'from the right', 'from the top', 'from the bottom'],
  ['one', 'two', 'three', 'four', 'five'],
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

const OTHERS = new Map<string, readonly string[]>();
for (const group of GROUPS) {
  for (const words of group) {
    if (!OTHERS.has(words))
      OTHERS.set(
        words,
        group.filter((other) => other !== words),
      );
  }
}

/** Longest first: `out of` before its parts. */
const WORDS = new RegExp(
  `\\b(?:${[...OTHERS.keys()].sort((a, b) => b.length - a.length).join('|')})\\b`,
  'gi',
);

/**
 * The sentence with something else in its place, each way there is: "right", "up" or "down" for "left", "two" for "three", each
 * by itself, and "first A, then B" as "first B, then A". What fits a clip worse than what it excludes is not shown by it,
 * however well it fits besides.
 */
export function opposites(sentence: string): string[] {
  const swapped = [...sentence.matchAll(WORDS)].flatMap(({ index, 0: words }) =>
    OTHERS.get(words.toLowerCase())!.map(
      (other) => sentence.slice(0, index) + other + sentence.slice(index + words.length),
    ),
  );
  const [, before, one, then, other] =
    /^(.*\bfirst,? )(.+?)(,? (?:and )?then )([^.!?]+)/i.exec(sentence) ?? [];
  return other === undefined ? swapped : [...swapped, `${before}${other}${then}${one}`];
}
