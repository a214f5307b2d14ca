import { randomUUID } from 'node:crypto';
import type { AnswerEvent } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';
import { type Problem, toProblem } from '../problem.js';

export interface StreamEvent {
  /** 1 for the first of the answer. */
  number: number;
  event: AnswerEvent['type'] | 'error';
  /** One line of JSON. */
  data: string;
}

export interface AnswerStreamOptions {
  /** How long an answer goes on that nobody listens to. */
  graceMs: number;
  /** Most bytes that are kept for readers who are behind or come back. */
  maxBytes: number;
}

/**
 * An answer in the making, and its readers. Each reads at its own pace from the one log; what none may need any more goes
 * when the log is full, so that a slow reader costs no more memory than a quick one.
 */
export class AnswerStream {
  readonly id = randomUUID();
  readonly #options: AnswerStreamOptions;
  readonly #leaving = new AbortController();
  readonly #ended: Promise<void>;
  #log: StreamEvent[] = [];
  #logBytes = 0;
  #count = 0;
  #isOver = false;
  #failure: unknown;
  #readers = 0;
  #grace: NodeJS.Timeout | undefined;
  #wake: (() => void)[] = [];

  /** @param tellFault hears why an answer broke off. */
  constructor(
    answer: (signal: AbortSignal) => AsyncIterable<AnswerEvent>,
    options: AnswerStreamOptions,
    tellFault: (fault: unknown) => void,
  ) {
    this.#options = options;
    this.#ended = this.#run(answer, tellFault);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Settles when the answer is complete, or has failed. Never rejects. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /**
   * Waits until the answer has begun.
   * @throws what kept it from beginning, while there is still a status to say it with.
   */
  async begun(): Promise<void> {
    while (this.#count === 0 && !this.#isOver) await this.#next();
    if (this.#count === 0) throw this.#failure;
  }

  /**
   * Somebody reads from now on. With the last reader the answer goes as well, unless one comes back soon.
   * @returns what to call when they have left, as often as you like.
   */
  attach(): () => void {
    this.#readers++;
    clearTimeout(this.#grace);
    let isThere = true;
    return () => {
      if (isThere) this.#detach();
      isThere = false;
    };
  }

  /**
   * The event after another, once it is there; undefined after the last.
   * @throws AppError `not-found` when it is kept no more.
   */
  async after(number: number): Promise<StreamEvent | undefined> {
    for (;;) {
      const oldest = this.#log[0]?.number ?? this.#count + 1;
      if (number + 1 < oldest) {
        throw new AppError(
          'not-found',
          `What came after event ${number} of the answer is not kept any more.`,
          {
            hint: 'Ask again.',
          },
        );
      }
      const event = this.#log[number + 1 - oldest];
      if (event !== undefined || this.#isOver) return event;
      await this.#next();
    }
  }

  #detach(): void {
    this.#readers--;
    if (this.#readers > 0 || this.#isOver) return;
    this.#grace = setTimeout(() => this.#leaving.abort(), this.#options.graceMs);
  }

  async #run(
    answer: (signal: AbortSignal) => AsyncIterable<AnswerEvent>,
    tellFault: (fault: unknown) => void,
  ): Promise<void> {
    try {
      for await (const { type, ...data } of answer(this.#leaving.signal)) this.#append(type, data);
    } catch (thrown) {
      this.#failure = thrown;
      // Before the first event the failure is the response, and told as such.
      if (this.#count > 0) {
        tellFault(thrown);
        this.#append('error', toProblem(thrown));
      }
    }
    this.#isOver = true;
    this.#wakeAll();
  }

  #append(event: StreamEvent['event'], content: object | Problem): void {
    const data = JSON.stringify(content);
    this.#log.push({ number: ++this.#count, event, data });
    this.#logBytes += data.length;
    while (this.#logBytes > this.#options.maxBytes && this.#log.length > 1) {
      this.#logBytes -= this.#log.shift()!.data.length;
    }
    this.#wakeAll();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
