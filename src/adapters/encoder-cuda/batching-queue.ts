export interface BatchingOptions {
  /** Items that go at once. */
  maxBatch: number;
  /** How long the first of a batch that is not full waits for others, when nothing runs. */
  maxWaitMs: number;
  /** Items that wait at most; who comes then waits for a place first. */
  maxWaiting: number;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (reason: unknown) => void;
}

/** Batches that are under way at most: one runs, one full one is ready to follow without a gap. */
const MAX_RUNNING = 2;

/**
 * Gathers what many callers ask for into batches. A full batch goes at once; one that is not full goes when nothing
 * runs and its first item has waited long enough, so that a single caller is never held up for long and a busy queue
 * fills its batches by itself.
 */
export class BatchingQueue<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #options: BatchingOptions;
  /** Oldest first. */
  readonly #waiting: Waiting<Item, Result>[] = [];
  /** Callers without a place, oldest first. Invariant: none while there is a place. */
  readonly #outside: (() => void)[] = [];
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  #whenIdle: (() => void)[] = [];

  /** @param run gives one result an item, in their order; what it throws reaches all whose items it was given. */
  constructor(run: (items: readonly Item[]) => Promise<readonly Result[]>, options: BatchingOptions) {
    this.#run = run;
    this.#options = options;
  }

  /**
   * The result of one item.
   * @param signal takes the item out while it waits; what runs, runs on. Rejects with the signal's reason then.
   */
  async submit(item: Item, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    while (this.#waiting.length >= this.#options.maxWaiting) {
      await new Promise<void>((resolve) => this.#outside.push(resolve));
      if (signal?.aborted) {
        this.#letIn();
        throw signal.reason;
      }
    }
    return await new Promise<Result>((resolve, reject) => {
      const entry = { item, resolve, reject };
      this.#waiting.push(entry);
      if (signal !== undefined) this.#leaveWhenAborted(entry, signal);
      this.#dispatch();
    });
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #leaveWhenAborted(entry: Waiting<Item, Result>, signal: AbortSignal): void {
    const leave = () => {
      const position = this.#waiting.indexOf(entry);
      if (position < 0) return;
      this.#waiting.splice(position, 1);
      entry.reject(signal.reason);
      this.#letIn();
      this.#reportIdle();
    };
    signal.addEventListener('abort', leave, { once: true });
    const { resolve, reject } = entry;
    entry.resolve = (result) => {
      signal.removeEventListener('abort', leave);
      resolve(result);
    };
    entry.reject = (reason) => {
      signal.removeEventListener('abort', leave);
      reject(reason);
    };
  }

  #dispatch(): void {
    const { maxBatch, maxWaitMs } = this.#options;
    while (this.#waiting.length >= maxBatch && this.#running < MAX_RUNNING) this.#start();
    if (this.#waiting.length === 0 || this.#running > 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting.length > 0 && this.#running === 0) this.#start();
    }, maxWaitMs);
  }

  #start(): void {
    const batch = this.#waiting.splice(0, this.#options.maxBatch);
    this.#running++;
    this.#letIn();
    void this.#runBatch(batch).finally(() => {
      this.#running--;
      // What came meanwhile has waited long enough.
      if (this.#running === 0 && this.#waiting.length > 0) this.#start();
      this.#dispatch();
      this.#reportIdle();
    });
  }

  async #runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, position) => {
        resolve(results[position]!);
      });
    } catch (reason) {
      for (const { reject } of batch) reject(reason);
    }
  }

  /** One caller for each free place; who finds it taken again goes back to wait. */
  #letIn(): void {
    const places = this.#options.maxWaiting - this.#waiting.length;
    for (const enter of this.#outside.splice(0, Math.max(0, places))) enter();
  }

  #isIdle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0 && this.#outside.length === 0;
  }

  #reportIdle(): void {
    if (!this.#isIdle()) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
