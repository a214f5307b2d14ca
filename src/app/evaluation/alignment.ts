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
  const items = sampledItems(videoOfText, random);
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
  // Scores near the largest double overflow: nothing can be tested.
  if (!Number.isFinite(observed)) return 1;
  let asGood = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (agreement(permutation(size, random)) >= observed) asGood++;
  }
  return (asGood + 1) / (ROUNDS + 1);
}

/** Ranks of an item among all that tell a familiar one from a stranger. */
const FAMILIAR_BELOW = 0.05;
const STRANGER_ABOVE = 0.5;

/**
 * Whether some items of two matrices are in the same order and others are not. The row of an item in one matrix agrees
 * better with its own row in the other than with most others' rows; for a misplaced item its own row is like any. If all
 * items agreed equally well, the share that agree very well would say how few can agree badly (normal shift); many more
 * than that are strangers.
 * @returns the estimated share of misplaced items, and whether it is beyond what noise explains.
 */
export function misplacedItems(
  first: ScoreMatrix,
  second: ScoreMatrix,
  videoOfText: VideoOfText,
  seed: number,
): { share: number; suspicious: boolean } {
  const items = sampledItems(videoOfText, seededRandom(seed));
  const [left, right] = [centred(first, items), centred(second, items)];
  const size = items.length;
  let familiar = 0;
  let strangers = 0;
  for (let item = 0; item < size; item++) {
    const agreement = (other: number): number => {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        // Neither's true pair: it is zero in one of the rows alone.
        if (i !== item && i !== other) sum += left[item * size + i]! * right[other * size + i]!;
      }
      return sum;
    };
    const own = agreement(item);
    let better = 0;
    for (let other = 0; other < size; other++) {
      // What is no number is no sign of a familiar item.
      if (other !== item && !(agreement(other) < own)) better++;
    }
    if (better < FAMILIAR_BELOW * size) familiar++;
    if (better > STRANGER_ABOVE * size) strangers++;
  }
  const shift = normalQuantile(familiar / size) + normalQuantile(1 - FAMILIAR_BELOW);
  const expected = size * (1 - normalDistribution(shift));
  const suspicious = strangers > 2 * expected + 3 * Math.sqrt(expected) + 0.02 * size + 2;
  return { share: Math.min(1, (2 * strangers) / size), suspicious };
}

/** Logistic approximations (Bowling et al., 2009), good to a percent: they only set a threshold. */
function normalDistribution(z: number): number {
  return 1 / (1 + Math.exp(-1.702 * z));
}

function normalQuantile(share: number): number {
  const inside = Math.min(0.999, Math.max(0.001, share));
  return Math.log(inside / (1 - inside)) / 1.702;
}

/** Some videos, each with its first text, so that items can be permuted together, truth staying on truth. */
function sampledItems(
  videoOfText: VideoOfText,
  random: () => number,
): (readonly [video: number, text: number])[] {
  const textOfVideo = new Map<number, number>();
  for (const [text, video] of videoOfText.entries()) {
    if (!textOfVideo.has(video)) textOfVideo.set(video, text);
  }
  const all = [...textOfVideo.entries()];
  return Array.from(permutation(all.length, random).slice(0, MOST_ITEMS), (position) => all[position]!);
}

/** The scores with each infinite one at the lowest or highest finite score of its row. [texts, videos] */
function finiteScores({ texts, videos, values }: ScoreMatrix): Float64Array {
  const finite = Float64Array.from(values);
  for (let text = 0; text < texts; text++) {
    const row = finite.subarray(text * videos, (text + 1) * videos);
    const known = row.filter(Number.isFinite);
    if (known.length === row.length) continue;
    let [lowest, highest] = known.length === 0 ? [0, 0] : [known[0]!, known[0]!];
    for (const score of known) {
      lowest = Math.min(lowest, score);
      highest = Math.max(highest, score);
    }
    for (const [video, score] of row.entries()) {
      if (!Number.isFinite(score)) row[video] = score > 0 ? highest : lowest;
    }
  }
  return finite;
}

/** The items' scores without the true pairs, minus row and column means. [items, items] */
function centred(
  scores: ScoreMatrix,
  items: readonly (readonly [video: number, text: number])[],
): Float64Array {
  const { videos } = scores;
  const values = finiteScores(scores);
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
  const { texts, videos } = scores;
  const values = finiteScores(scores);
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
  if (!Number.isFinite(observed)) return 1;
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
