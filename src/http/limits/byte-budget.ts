import { AppError } from '../../domain/errors.js';

/** The part of a budget that one request holds. */
export interface ByteShare {
  /** @throws AppError `overloaded` when the budget does not have so many more. */
  take(bytes: number): void;
  /** All that was taken. */
  giveBack(): void;
}

/**
 * Bounds the bytes that all requests hold at once. They count as they come, not as they are announced: who announces much
 * and sends slowly takes room from nobody.
 */
export class ByteBudget {
  readonly #what: string;
  readonly #most: number;
  #held = 0;

  /** @param what holds the bytes, for the message. */
  constructor(what: string, most: number) {
    this.#what = what;
    this.#most = most;
  }

  share(): ByteShare {
    let taken = 0;
    return {
      take: (bytes) => {
        if (this.#held + bytes > this.#most) {
          throw new AppError(
            'overloaded',
            `${this.#what} hold ${this.#held} of ${this.#most} bytes already.`,
            {
              hint: 'Try again in a moment.',
            },
          );
        }
        this.#held += bytes;
        taken += bytes;
      },
      giveBack: () => {
        this.#held -= taken;
        taken = 0;
      },
    };
  }
}

/** What comes, counted as it comes. */
export async function* counted(
  content: AsyncIterable<Uint8Array>,
  share: Pick<ByteShare, 'take'>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    share.take(chunk.length);
    yield chunk;
  }
}
