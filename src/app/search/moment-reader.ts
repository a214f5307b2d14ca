import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { TimeRange } from '../../domain/time-range.js';
import type { Reranker } from '../../ports/reranker.js';
import { RecentTokens } from './recent-tokens.js';
import type { StoredClips } from './stored-clips.js';

/** Loads the model's matching head when it is first wanted: few searches want it, and it takes as much memory as both encoders. */
export type RerankerSource = () => Promise<Reranker>;

/** Clips that are decoded at once: one is decoded while another is encoded, and a search leaves cores to others. */
const DECODED_AT_ONCE = 2;

export type ReadableMoment = { clipId: number; videoId: string } & TimeRange;

/** Lets the model's matching head read a text and moments of the library together. */
export class MomentReader {
  readonly #source: RerankerSource;
  readonly #stored: Pick<StoredClips, 'frames'>;
  readonly #tokens: RecentTokens;

  constructor(
    source: RerankerSource,
    stored: Pick<StoredClips, 'frames'>,
    tokens: RecentTokens = new RecentTokens(),
  ) {
    this.#source = source;
    this.#stored = stored;
    this.#tokens = tokens;
  }

  /**
   * @returns the matching logit of each moment, in their order; higher fits better
   * @throws AppError `cancelled`, and as `StoredClips` and `Reranker`.
   */
  async scores(text: string, moments: readonly ReadableMoment[], signal?: AbortSignal): Promise<number[]> {
    const reranker = await this.#source();
    const described = await reranker.describeTexts([text], signal);
    const scores = new Array<number>(moments.length);
    // One queue for all lanes: what one takes, the others pass over.
    const queue = moments.entries();
    const failed = new AbortController();
    const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
    let failure: unknown;
    const lane = async () => {
      for (const [place, moment] of queue) {
        throwIfCancelled(stop);
        const tokens = await this.#tokensOf(moment, reranker, stop);
        const [score] = await reranker.scores(described, { tokens }, stop);
        scores[place] = score!;
      }
    };
    const lanes = Array.from({ length: DECODED_AT_ONCE }, () =>
      lane().catch((error: unknown) => {
        // The other lanes end because of it: what cannot be answered is not worked on.
        failure ??= error;
        failed.abort();
      }),
    );
    await Promise.all(lanes);
    throwIfCancelled(signal);
    if (failure !== undefined) throw failure;
    return scores;
  }

  async #tokensOf(moment: ReadableMoment, reranker: Reranker, signal: AbortSignal): Promise<Float32Array> {
    const known = this.#tokens.get(moment.clipId);
    if (known !== undefined) return known;
    const { frames, release } = await this.#stored.frames(moment, signal);
    try {
      const { tokens } = await reranker.describeVideo(frames, signal);
      this.#tokens.put(moment.clipId, tokens);
      return tokens;
    } finally {
      release();
    }
  }
}
