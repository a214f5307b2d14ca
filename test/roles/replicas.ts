/** Longer than any answer takes on a machine with much else to do. */
const DEADLINE_MS = 60_000;

export interface Answer {
  status: number;
  /** What it said in JSON; null where it said nothing. */
  body: unknown;
  /** Whether the first try failed. */
  isRetried: boolean;
}

/** Neither try was answered, or answered well. */
export class UnansweredError extends Error {}

/**
 * Several replicas as a load balancer shows them: each request goes to the next of them, and when it breaks off or the
 * answer is that the server cannot, at once to the one after it. Nobody looks which of them live.
 */
export class Replicas {
  readonly #urls: readonly string[];
  #turn = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  /** @throws UnansweredError when the second try fails, too. */
  async ask(path: string, request: RequestInit = {}): Promise<Answer> {
    const turn = this.#turn++;
    const [first, second] = [0, 1].map((step) => this.#urls[(turn + step) % this.#urls.length]!);
    try {
      return { ...(await askOne(first! + path, request)), isRetried: false };
    } catch (failure) {
      const again = await askOne(second! + path, request).catch((error: Error) => {
        throw new UnansweredError(`first: ${(failure as Error).message}; then: ${error.message}`);
      });
      return { ...again, isRetried: true };
    }
  }
}

/** @throws Error when it breaks off, or the server cannot. */
async function askOne(url: string, request: RequestInit): Promise<Omit<Answer, 'isRetried'>> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(DEADLINE_MS) });
  const text = await response.text();
  if (response.status >= 500 || response.status === 429) throw new Error(`${response.status} ${text}`);
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}
