import { AppError } from '../../domain/errors.js';

/** Ends a request when its caller leaves, when the server is silent for too long, or when it takes too long in all. */
export class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #silenceMs: number;
  readonly #caller: AbortSignal | undefined;
  readonly #total: NodeJS.Timeout;
  #silence: NodeJS.Timeout | undefined;
  #reason: AppError | undefined;

  constructor(silenceMs: number, totalMs: number, caller: AbortSignal | undefined) {
    this.#silenceMs = silenceMs;
    this.#caller = caller;
    this.#total = setTimeout(() => this.#stop(tooLong(`took more than ${totalMs / 1000} s`)), totalMs);
    caller?.addEventListener('abort', this.#callerLeft, { once: true });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it ended the request; undefined when it did not. */
  reason(): AppError | undefined {
    return this.#reason;
  }

  heard(): void {
    clearTimeout(this.#silence);
    const said = `said nothing for ${this.#silenceMs / 1000} s`;
    this.#silence = setTimeout(() => this.#stop(tooLong(said)), this.#silenceMs);
  }

  end(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#total);
    this.#caller?.removeEventListener('abort', this.#callerLeft);
    this.#controller.abort();
  }

  readonly #callerLeft = (): void => this.#stop(new AppError('cancelled', 'The answer was cancelled.'));

  #stop(reason: AppError): void {
    this.#reason ??= reason;
    this.#controller.abort();
  }
}

function tooLong(said: string): AppError {
  return new AppError('timed-out', `The language model ${said}.`, {
    hint: 'Try again, or ask about fewer clips.',
  });
}
