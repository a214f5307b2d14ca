import { AppError } from '../../domain/errors.js';
import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { Embedding, ModelInfo, TextEncoder } from '../../ports/encoders.js';

interface Waiting {
  texts: readonly string[];
  resolve: (vectors: Embedding[]) => void;
  reject: (reason: unknown) => void;
}

/**
 * Hands on together what was asked for while the call before was under way: many searches at once become few calls, and
 * one alone waits for nobody.
 */
export class GatheredTextEncoder implements TextEncoder {
  readonly #encoder: TextEncoder;
  #waiting: Waiting[] = [];
  #isCalling = false;

  constructor(encoder: TextEncoder) {
    this.#encoder = encoder;
  }

  get model(): ModelInfo {
    return this.#encoder.model;
  }

  /**
   * Who gives up is let go at once; the call goes on for the others.
   * @throws AppError as the encoder within, `cancelled`.
   */
  encode(texts: readonly string[], signal?: AbortSignal): Promise<Embedding[]> {
    return new Promise((resolve, reject) => {
      throwIfCancelled(signal);
      const giveUp = () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        try {
          throwIfCancelled(signal);
        } catch (cancelled) {
          reject(cancelled);
        }
      };
      const letGo = () => signal?.removeEventListener('abort', giveUp);
      const waiting: Waiting = {
        texts,
        resolve: (vectors) => {
          letGo();
          resolve(vectors);
        },
        reject: (reason) => {
          letGo();
          reject(reason);
        },
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiting);
      void this.#callForAll();
    });
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }

  async #callForAll(): Promise<void> {
    if (this.#isCalling) return;
    this.#isCalling = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting;
      this.#waiting = [];
      await this.#call(together);
    }
    this.#isCalling = false;
  }

  async #call(together: readonly Waiting[]): Promise<void> {
    try {
      const vectors = await this.#encoder.encode(together.flatMap(({ texts }) => texts));
      let start = 0;
      for (const { texts, resolve } of together) {
        resolve(vectors.slice(start, start + texts.length));
        start += texts.length;
      }
    } catch (error) {
      // No encoder answers: each would wait for that in turn, and those behind them for all of it.
      const isNoText = error instanceof AppError && error.retryable;
      // One text that is refused is not the others' fault.
      if (together.length > 1 && !isNoText) for (const each of together) await this.#call([each]);
      else for (const { reject } of together) reject(error);
    }
  }
}
