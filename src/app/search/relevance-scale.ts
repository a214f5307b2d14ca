import type { ClipSearcher } from '../../ports/clip-index.js';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';

/**
 * A best moment of lower relevance is called no good match. Chosen on the demo videos of the playground
 * (docs/search.md has the figures); the test set was not looked at.
 */
export const NO_GOOD_MATCH_BELOW = 0.95;

/** The scale is made anew when the library has grown or shrunk by this share. */
const TOLERATED_CHANGE = 0.05;

/**
 * What a score means in this library. A text that has nothing to do with it also has a nearest clip; the scores of those,
 * over a bank of unrelated texts, are what chance looks like. The relevance of a score is the share of the bank whose
 * best score is lower.
 */
export class RelevanceScale {
  readonly #index: ClipSearcher;
  readonly #textEncoder: TextEncoder;
  readonly #texts: readonly string[];
  /** Best score of each text of the bank, ascending, and the size of the library they were found in. */
  #scale: { scores: Float64Array; size: number } | undefined;
  #making: Promise<void> | undefined;

  constructor(index: ClipSearcher, textEncoder: TextEncoder, texts: readonly string[]) {
    this.#index = index;
    this.#textEncoder = textEncoder;
    this.#texts = texts;
  }

  /**
   * The relevance of a score, 0 to 1. The first caller waits for the scale; when the library has changed, callers get the
   * old one until the new one is made.
   */
  async current(): Promise<(score: number) => number> {
    if (this.#isStale()) {
      this.#making ??= this.#make().finally(() => {
        this.#making = undefined;
      });
      if (this.#scale === undefined) await this.#making;
      else this.#making.catch(() => {});
    }
    return relevanceAmong(this.#scale!.scores);
  }

  #isStale(): boolean {
    if (this.#scale === undefined) return true;
    const { size } = this.#scale;
    return Math.abs(this.#index.size - size) > TOLERATED_CHANGE * size;
  }

  async #make(): Promise<void> {
    const { size } = this.#index;
    this.#scale = { scores: await bestScores(this.#index, this.#textEncoder, this.#texts), size };
  }
}

/** The best score of each of some texts in a library, ascending. */
export async function bestScores(
  index: ClipSearcher,
  textEncoder: TextEncoder,
  texts: readonly string[],
): Promise<Float64Array> {
  const vectors: Embedding[] = await textEncoder.encode(texts);
  const scores: number[] = [];
  // One after the other: a real query waits for one of them at most.
  for (const vector of vectors) {
    const [best] = await index.search(vector, 1);
    if (best !== undefined) scores.push(best.score);
  }
  return Float64Array.from(scores).sort();
}

/** @param scores of unrelated texts, ascending. */
export function relevanceAmong(scores: Float64Array): (score: number) => number {
  return (score) => shareBelow(scores, score);
}

/** The share of ascending values that are lower, in between by how far it is on the way to the next. */
function shareBelow(ascending: Float64Array, value: number): number {
  const count = ascending.length;
  if (count === 0 || value <= ascending[0]!) return 0;
  if (value > ascending[count - 1]!) return 1;
  let low = 0;
  let high = count - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle;
    else high = middle;
  }
  const between = (value - ascending[low]!) / (ascending[high]! - ascending[low]!);
  return (low + 1 + between) / (count + 1);
}
