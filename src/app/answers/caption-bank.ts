import { innerProduct } from '../../domain/inner-product.js';
import type { Embedding, TextEncoder } from '../../ports/encoders.js';

/** Captions that are compared with a clip: enough for a share of them to mean something. */
const MAX_CAPTIONS = 256;

export interface NearCaption {
  text: string;
  score: number;
}

/** At most `MAX_CAPTIONS` of the captions, evenly spread. */
export function rulerCaptions(captions: readonly string[]): string[] {
  const step = Math.max(1, captions.length / MAX_CAPTIONS);
  return captions.filter((_, position) => Math.floor(position % step) === 0).slice(0, MAX_CAPTIONS);
}

/** Captions of other videos, as a ruler: what a sentence about a clip is worth shows beside sentences that are about others. */
export class CaptionBank {
  readonly #captions: readonly string[];
  readonly #textEncoder: TextEncoder;
  #vectors: Promise<Embedding[]> | undefined;

  /** @param captions those that `rulerCaptions` chooses are used. */
  constructor(captions: readonly string[], textEncoder: TextEncoder) {
    this.#captions = rulerCaptions(captions);
    this.#textEncoder = textEncoder;
  }

  /** The captions that fit a clip best, best first. */
  async nearest(vector: Embedding, count: number): Promise<NearCaption[]> {
    const vectors = await this.#encoded();
    return this.#captions
      .map((text, position) => ({ text, score: innerProduct(vectors[position]!, vector) }))
      .sort((left, right) => right.score - left.score)
      .slice(0, count);
  }

  /** How well each caption fits a clip. */
  async scores(vector: Embedding): Promise<number[]> {
    return (await this.#encoded()).map((caption) => innerProduct(caption, vector));
  }

  /** Encoded when they are first needed, and then kept. */
  #encoded(): Promise<Embedding[]> {
    this.#vectors ??= this.#textEncoder.encode(this.#captions).catch((error: unknown) => {
      this.#vectors = undefined;
      throw error;
    });
    return this.#vectors;
  }
}
