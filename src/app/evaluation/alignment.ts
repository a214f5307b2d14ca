import { permutation, seededRandom } from './random.js';
import type { ScoreMatrix, VideoOfText } from './score-matrix.js';

/** Matrices are thinned to this many rows and columns: a thousand pairs of items decide as surely as a million. */
const MOST_ITEMS = 400;
const ROUNDS = 999;

/**
 * Whether two matrices list their items in the same order: the permuted-gallery test. Two models that look at the same
 * text and the same wrong video agree a little; agreement vanishes when the items of one matrix are permuted. True
 * pairs are left out, so a diagonal that lines up by accident proves nothing. (A Mantel test, 1967, on doubly centred
 * scores.)
 * @returns the share of random orders that agree as well as the given one: small = the orders are the same.
 */
export function alignmentP(
  first: ScoreMatrix,
  second: ScoreMatrix,
  videoOfText: VideoOfText,
  seed: number,
): number {
  const random = seededRandom(seed);
  // One text a video, so that items can be permuted together, truth staying on truth.
  const textOfVideo = new Map<number, number>();
  videoOfText.forEach((video, text) => {
    if (!textOfVideo.has(video)) textOfVideo.set(video, text);
  });
  const all = [...textOfVideo.entries()];
  const items = Array.from(
    permutation(all.length, random).slice(0, MOST_ITEMS),
    (position) => all[position]!,
  );
  const [left, right] = [centred(first, items), centred(second, items)];
  const size = items.length;
  const agreement = (order: Int32Array): number => {
    let sum = 0;
    for (let row = 0; row < size; row++) {
      const source = order[row]! * size;
      for (let column = 0; column < size; column++) {
        sum += left[row * size + column]! * right[source + order[column]!]!;
      }
    }
    return sum;
  };
  const observed = agreement(Int32Array.from({ length: size }, (_, item) => item));
  let asGood = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (agreement(permutation(size, random)) >= observed) asGood++;
  }
  return (asGood + 1) / (ROUNDS + 1);
}

/** The items' scores without the true pairs, minus row and column means. [items, items] */
function centred(
  { videos, values }: ScoreMatrix,
  items: readonly (readonly [video: number, text: number])[],
): Float64Array {
  const size = items.length;
  const block = new Float64Array(size * size);
  items.forEach(([, text], row) => {
    items.forEach(([video], column) => {
      block[row * size + column] = row === column ? 0 : values[text * videos + video]!;
    });
  });
  // Rows, then columns, over the off-diagonal alone; the second pass disturbs the first by a thousandth.
  for (const [along, across] of [
    [size, 1],
    [1, size],
  ] as const) {
    for (let line = 0; line < size; line++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += block[line * along + i * across]!;
      const mean = sum / Math.max(1, size - 1);
      for (let i = 0; i < size; i++) if (i !== line) block[line * along + i * across]! -= mean;
    }
  }
  return block;
}

/**
 * Whether a matrix lists its texts in the order of the captions: the duplicate-caption test. Equal captions get equal
 * scores from any model; rows that should be equal and are as far apart as any two are in another order.
 * @returns the share of random pairs of rows that are as near to each other; undefined without equal captions.
 */
export function duplicateCaptionP(
  scores: ScoreMatrix,
  captions: readonly string[],
  seed: number,
): number | undefined {
  const pairs = duplicateGroups(captions).flatMap((group) =>
    group.slice(1).map((text) => [group[0]!, text] as const),
  );
  if (pairs.length === 0) return undefined;
  const { texts, videos, values } = scores;
  const distance = (one: number, other: number): number => {
    let sum = 0;
    for (let video = 0; video < videos; video++) {
      sum += Math.abs(values[one * videos + video]! - values[other * videos + video]!);
    }
    return sum / videos;
  };
  const random = seededRandom(seed);
  const someText = () => Math.floor(random() * texts);
  const observed = pairs.reduce((sum, [one, other]) => sum + distance(one, other), 0);
  let asNear = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const sum = pairs.reduce((total) => total + distance(someText(), someText()), 0);
    if (sum <= observed) asNear++;
  }
  return (asNear + 1) / (ROUNDS + 1);
}

/** Texts with the same caption (case and spaces aside), each group of two or more. */
export function duplicateGroups(captions: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  captions.forEach((caption, text) => {
    const key = caption.trim().toLowerCase().replaceAll(/\s+/g, ' ');
    groups.set(key, [...(groups.get(key) ?? []), text]);
  });
  return [...groups.values()].filter((group) => group.length > 1);
}
