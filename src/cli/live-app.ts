import { finished } from 'node:stream/promises';
import type { createAdaptorServer } from '@hono/node-server';

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch'];

/** An application that answers with what it has open. */
export interface Serving {
  fetch: Fetch;
  /** Begins the work beside the answering of requests. */
  begin(): Promise<void>;
  /** Ends the streams that could go on for ever; whoever listens comes back. */
  leave(): void;
  /** Done when another one is to take its place. */
  switched: Promise<void>;
  close(): Promise<void>;
}

export interface LiveAppOptions {
  openNext: () => Promise<Serving>;
  /** Hears why the next application could not take its place; the one before goes on then, without work. */
  onFault: (fault: unknown) => void;
  /** What an application has under way when the next takes its place has so long to end; then it is cut off. */
  graceMs: number;
}

/** Answers with one application until the next takes its place: no request is lost, and none sees both. */
export class LiveApp {
  readonly #options: LiveAppOptions;
  #current: Serving;
  /** Weak, so that an application that was replaced is forgotten with all it had loaded. */
  readonly #underWay = new WeakMap<Serving, number>();
  readonly #idle = new WeakMap<Serving, () => void>();
  #isClosing = false;
  #following: Promise<void> = Promise.resolve();

  private constructor(first: Serving, options: LiveAppOptions) {
    this.#current = first;
    this.#options = options;
  }

  static async start(first: Serving, options: LiveAppOptions): Promise<LiveApp> {
    const live = new LiveApp(first, options);
    await first.begin();
    live.#follow(first);
    return live;
  }

  readonly fetch: Fetch = async (request, environment) => {
    const serving = this.#current;
    this.#underWay.set(serving, (this.#underWay.get(serving) ?? 0) + 1);
    // An answer is written, and an event stream told, long after the response has begun.
    const isWritten = finished(environment.outgoing).catch(() => undefined);
    const response = (async () => serving.fetch(request, environment))();
    Promise.allSettled([response, isWritten]).then(() => this.#ended(serving));
    return response;
  };

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#following;
    await this.#current.close();
  }

  #ended(serving: Serving): void {
    const left = this.#underWay.get(serving)! - 1;
    this.#underWay.set(serving, left);
    if (left === 0) this.#idle.get(serving)?.();
  }

  #follow(serving: Serving): void {
    serving.switched.then(() => {
      this.#following = this.#replace(serving).catch(this.#options.onFault);
    });
  }

  async #replace(old: Serving): Promise<void> {
    if (this.#isClosing) return;
    const next = await this.#options.openNext();
    this.#current = next;
    old.leave();
    await this.#answered(old);
    await old.close();
    // Only now, for the first thing it does is to remove what the old one searched.
    await next.begin();
    this.#follow(next);
  }

  #answered(serving: Serving): Promise<void> {
    if ((this.#underWay.get(serving) ?? 0) === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = setTimeout(resolve, this.#options.graceMs);
      this.#idle.set(serving, () => {
        clearTimeout(deadline);
        resolve();
      });
    });
  }
}
