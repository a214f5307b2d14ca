import { AppError } from '../domain/errors.js';

export interface TurnsOptions {
  atOnce: number;
  mostWaiting: number;
  /** Whose turns they are, for the message: `Too many thumbnails are being made.` */
  tooMany: string;
}

/** Lets so many pieces of work go on at once; others wait for their turn, in their order, and not too many of them. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** @throws AppError `overloaded` when too many wait already, `work` not begun; and what `work` throws. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#begin();
    try {
      return await work();
    } finally {
      this.#end();
    }
  }

  async #begin(): Promise<void> {
    const { atOnce, mostWaiting, tooMany } = this.#options;
    if (this.#underWay < atOnce) {
      this.#underWay++;
      return;
    }
    if (this.#waiting.length >= mostWaiting) {
      throw new AppError('overloaded', tooMany, { hint: 'Try again in a moment.' });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The turn goes to the next one, so that nobody comes in between. */
  #end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#underWay--;
    else next();
  }
}
