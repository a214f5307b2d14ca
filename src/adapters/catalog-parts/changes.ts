/** Tells those who wait that something changed; what, they look up themselves, so nothing piles up for a slow one. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  /** @returns the way to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at the next change, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        stop();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const stop = this.listen(done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
