import { setTimeout as sleep } from 'node:timers/promises';
import { ERROR_CATALOGUE } from '../../src/domain/error-catalogue.js';

/** What the clients of the service were told, counted. */
export class Answers {
  /** By status, and by the code of a problem. */
  readonly counts = new Map<string, number>();
  /** Fives that do not say, in a way that a program can act upon, what is wrong. */
  readonly untyped: string[] = [];

  /**
   * Asks, and waits a little after an answer that says to come back later.
   * @returns what was answered, with its body read; undefined when the connection broke.
   */
  async ask(url: string, init?: RequestInit): Promise<{ status: number; body: unknown } | undefined> {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(120_000) });
      const text = await response.text();
      const body = parsed(text);
      this.#count(url, response.status, body, text);
      if (response.status === 503) await sleep(500);
      return { status: response.status, body };
    } catch (error) {
      this.#add(`broken: ${error instanceof Error ? error.name : String(error)}`);
      await sleep(500);
      return undefined;
    }
  }

  #count(url: string, status: number, body: unknown, text: string): void {
    const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : undefined;
    this.#add(status < 400 ? String(status) : `${status} ${code ?? 'without a code'}`);
    const isTyped = code !== undefined && code in ERROR_CATALOGUE && code !== 'internal';
    if (status >= 500 && !isTyped)
      this.untyped.push(`${new URL(url).pathname}: ${status} ${text.slice(0, 300)}`);
  }

  #add(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
