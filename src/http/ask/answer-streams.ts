import type { AnswerEvent } from '../../domain/answer.js';
import { AppError } from '../../domain/errors.js';
import { AnswerStream, type AnswerStreamOptions } from './answer-stream.js';

export interface AnswerStreamsOptions extends AnswerStreamOptions {
  /** How long a complete answer can be read again. */
  keepMs: number;
  /** Most answers in the making at once. */
  maxRunning: number;
  /** Most answers kept, complete ones included. */
  maxKept: number;
}

export const DEFAULT_STREAMS: AnswerStreamsOptions = {
  // Long enough to reconnect after the `retry` of the stream, short enough for the language model to stop within a second.
  graceMs: 600,
  maxBytes: 256 * 1024,
  keepMs: 60_000,
  maxRunning: 32,
  maxKept: 200,
};

/** The event ids of a stream: which answer, and how far in it. */
const EVENT_ID = /^([0-9a-f-]{36}):(\d{1,9})$/;

/** Answers that are being streamed, or were a moment ago, so that a reader who was cut off can go on. */
export class AnswerStreams {
  readonly #options: AnswerStreamsOptions;
  /** In order of their beginning. `owner` says who may read, and where they asked. */
  readonly #streams = new Map<string, { stream: AnswerStream; owner: string }>();

  constructor(options: AnswerStreamsOptions = DEFAULT_STREAMS) {
    this.#options = options;
  }

  /** @throws AppError `overloaded`. */
  start(
    owner: string,
    answer: (signal: AbortSignal) => AsyncIterable<AnswerEvent>,
    tellFault: (fault: unknown) => void,
  ): AnswerStream {
    const { maxRunning, maxKept, keepMs } = this.#options;
    const kept = [...this.#streams.values()].map(({ stream }) => stream);
    if (kept.filter(({ isOver }) => !isOver).length >= maxRunning) {
      throw new AppError('overloaded', `${maxRunning} questions are being answered already.`, {
        hint: 'Try again in a moment.',
      });
    }
    const oldest = kept.find(({ isOver }) => isOver);
    if (kept.length >= maxKept && oldest !== undefined) this.#streams.delete(oldest.id);
    const stream = new AnswerStream(answer, this.#options, tellFault);
    this.#streams.set(stream.id, { stream, owner });
    void stream.ended.then(() => {
      setTimeout(() => this.#streams.delete(stream.id), keepMs).unref();
    });
    return stream;
  }

  /**
   * The answer that an event belongs to, and the number of the event.
   * @throws AppError `not-found` for one that is kept no more, or is somebody else's; `invalid-input`.
   */
  resume(owner: string, lastEventId: string): { stream: AnswerStream; after: number } {
    const [, id, number] = EVENT_ID.exec(lastEventId) ?? [];
    if (id === undefined) {
      throw new AppError(
        'invalid-input',
        `Last-Event-ID ${JSON.stringify(lastEventId)} is no id of an answer's event.`,
      );
    }
    const found = this.#streams.get(id);
    if (found === undefined || found.owner !== owner) {
      throw new AppError('not-found', 'That answer is not kept any more.', { hint: 'Ask again.' });
    }
    return { stream: found.stream, after: Number(number) };
  }
}

export function eventId(stream: AnswerStream, number: number): string {
  return `${stream.id}:${number}`;
}
