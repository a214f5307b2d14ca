import type { createAdaptorServer } from '@hono/node-server';

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch'];

/** An application that answers with what it has open. */
export interface Serving {
  fetch: Fetch;
  /** Begins the work beside the answering of requests. */
  begin(): Promise<void>;
  /** Done when another one is to take its place. */
  switched: Promise<void>;
  close(): Promise<void>;
}

/** Answers with one application until the next takes its place: no request is lost, and none sees both. */
export class LiveApp {
  readonly #openNext: () => Promise<Serving>;
  readonly #onFault: (fault: unknown) => void;
  #current: Serving;
  /** Weak, so that an application that was replaced is forgotten with all it had loaded. */
  readonly #underWay = new WeakMap<Serving, number>();
  readonly #idle = new WeakMap<Serving, () => void>();
  #isClosing = false;
  #following: Promise<void> = Promise.resolve();

  private constructor(first: Serving, openNext: () => Promise<Serving>, onFault: (fault: unknown) => void) {
    this.#current = first;
    this.#openNext = openNext;
    this.#onFault = onFault;
  }

  /** @param onFault hears why the next application could not take its place; the one before goes on then, without work. */
  static async start(
    first: Serving,
    openNext: () => Promise<Serving>,
    onFault: (fault: unknown) => void,
  ): Promise<LiveApp> {
    const live = new LiveApp(first, openNext, onFault);
    await first.begin();
    live.#follow(first);
    return live;
  }

  readonly fetch: Fetch = async (request, environment) => {
    const serving = this.#current;
    this.#underWay.set(serving, (this.#underWay.get(serving) ?? 0) + 1);
    try {
      return await serving.fetch(request, environment);
    } finally {
      const left = this.#underWay.get(serving)! - 1;
      this.#underWay.set(serving, left);
      if (left === 0) this.#idle.get(serving)?.();
    }
  };

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#following;
    await this.#current.close();
  }

  #follow(serving: Serving): void {
    serving.switched.then(() => {
      this.#following = this.#replace(serving).catch(this.#onFault);
    });
  }

  async #replace(old: Serving): Promise<void> {
    if (this.#isClosing) return;
    const next = await this.#openNext();
    this.#current = next;
    await this.#answered(old);
    await old.close();
    // Only now, for the first thing it does is to remove what the old one searched.
    await next.begin();
    this.#follow(next);
  }

  #answered(serving: Serving): Promise<void> {
    if ((this.#underWay.get(serving) ?? 0) === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.set(serving, resolve));
  }
}
