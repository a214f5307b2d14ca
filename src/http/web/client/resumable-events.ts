import { problemOf } from './api.js';
import { readEvents, type StreamEvent } from './event-stream.js';

/** An event stream that is taken up again where it broke, as `EventSource` does it. */
export class ResumableEvents {
  readonly #open: (headers: Record<string, string>) => Promise<Response>;
  #lastEventId: string | undefined;

  /** @param open asks for the stream, with these headers. */
  constructor(open: (headers: Record<string, string>) => Promise<Response>) {
    this.#open = open;
  }

  /** Whether there is anything that could be taken up. */
  get hasBegun(): boolean {
    return this.#lastEventId !== undefined;
  }

  /**
   * What comes after that which was read before; nothing where the server has no more to say.
   * @throws ProblemError when the stream is refused or breaks; then it can be read again.
   */
  async *read(): AsyncGenerator<StreamEvent> {
    const response = await this.#open({
      accept: 'text/event-stream',
      ...(this.#lastEventId === undefined ? {} : { 'last-event-id': this.#lastEventId }),
    });
    if (!response.ok) throw await problemOf(response);
    if (response.body === null) return;
    for await (const event of readEvents(response.body)) {
      this.#lastEventId = event.id ?? this.#lastEventId;
      yield event;
    }
  }
}
