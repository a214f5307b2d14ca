import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode } from '../../domain/error-catalogue.js';
import { AppError, toAppError } from '../../domain/errors.js';
import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import { CircuitBreaker } from '../circuit-breaker/circuit-breaker.js';

/** After so many failures in a row a server rests. */
const BREAKER_FAILURES = 3;
const BREAKER_PAUSE_MS = 5_000;

export interface EncoderServersOptions {
  /** Where they listen, as `http://encoder-1:7330`; one at least. */
  urls: readonly string[];
  /** What they ask for, if they ask. */
  key?: string | undefined;
  fetch?: typeof fetch;
}

export interface EncoderQuestion<Answer> {
  path: string;
  /** Posted as JSON; without one the question is a GET. */
  body?: unknown;
  answer: z.ZodType<Answer>;
  /** For each server that is tried. */
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

interface EncoderServer {
  url: string;
  breaker: CircuitBreaker;
  inFlight: number;
}

const problemBody = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() });

/**
 * Some Videre services that encode, all with the same model: a question goes to the one with the least to do, and to the
 * next when that fails. Every question may be asked twice, for nothing is changed by it.
 */
export class EncoderServers {
  readonly #servers: readonly EncoderServer[];
  readonly #key: string | undefined;
  readonly #fetch: typeof fetch;

  /** @throws AppError `invalid-input` when none is named, or one is no HTTP address. */
  constructor({ urls, key, fetch = globalThis.fetch }: EncoderServersOptions) {
    if (urls.length === 0) throw new AppError('invalid-input', 'No encoder is named.');
    this.#key = key;
    // A bare method call would hand `this` to it, which some runtimes refuse.
    this.#fetch = (input, init) => fetch(input, init);
    this.#servers = urls.map((url) => ({
      url: baseOf(url),
      inFlight: 0,
      breaker: new CircuitBreaker({
        failures: BREAKER_FAILURES,
        pauseMs: BREAKER_PAUSE_MS,
        refusal: (seconds) => new AppError('overloaded', `rests for ${seconds} s after failures`),
      }),
    }));
  }

  get urls(): string[] {
    return this.#servers.map(({ url }) => url);
  }

  /**
   * @throws AppError what a server refuses the question with; `encoder-unavailable` when none of them answers,
   * `cancelled`.
   */
  async ask<Answer>(question: EncoderQuestion<Answer>): Promise<Answer> {
    const failures: string[] = [];
    for (const server of [...this.#servers].sort((left, right) => left.inFlight - right.inFlight)) {
      throwIfCancelled(question.signal);
      try {
        server.breaker.assertClosed();
        return await this.#askOne(server, question);
      } catch (thrown) {
        throwIfCancelled(question.signal);
        const error = toAppError(thrown);
        if (!mayAnotherAnswer(error)) throw error;
        failures.push(`${server.url}: ${error.message}`);
      }
    }
    throw new AppError('encoder-unavailable', `No encoder answers. ${failures.join('; ')}.`, {
      hint: 'Are the servers of VIDERE_ENCODERS running?',
      details: { encoders: this.urls },
    });
  }

  async #askOne<Answer>(server: EncoderServer, question: EncoderQuestion<Answer>): Promise<Answer> {
    server.inFlight++;
    try {
      const answer = await this.#exchange(server.url, question);
      server.breaker.succeeded();
      return answer;
    } catch (error) {
      // A busy server is alive, and one that refuses a question may take the next.
      if (error instanceof UnansweredError && question.signal?.aborted !== true) server.breaker.failed();
      throw error;
    } finally {
      server.inFlight--;
    }
  }

  async #exchange<Answer>(url: string, question: EncoderQuestion<Answer>): Promise<Answer> {
    const { path, body, answer, deadlineMs, signal } = question;
    const deadline = AbortSignal.timeout(deadlineMs);
    const response = await this.#fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(this.#key !== undefined && { authorization: `Bearer ${this.#key}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A redirect could carry the key elsewhere.
      redirect: 'manual',
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
    }).catch((cause: unknown) => {
      const why = deadline.aborted ? `no answer within ${deadlineMs} ms` : 'cannot be reached';
      throw new UnansweredError(why, cause);
    });
    const said = await response.json().catch((cause: unknown) => {
      throw new UnansweredError(`HTTP ${response.status}, and what it says is no JSON`, cause);
    });
    if (!response.ok) throw refusalOf(response.status, said);
    const parsed = answer.safeParse(said);
    if (parsed.success) return parsed.data;
    throw new UnansweredError('answers what no encoder of this version says', parsed.error);
  }
}

/** A server that is away, or not in its right mind. */
class UnansweredError extends AppError {
  constructor(reason: string, cause: unknown) {
    super('encoder-unavailable', reason, { cause });
  }
}

/** @returns what the server itself threw, as far as it told. */
function refusalOf(status: number, said: unknown): AppError {
  const problem = problemBody.safeParse(said);
  if (!problem.success || !isErrorCode(problem.data.code)) {
    return new UnansweredError(`HTTP ${status}`, undefined);
  }
  const { code, detail, hint } = problem.data;
  if (status >= 500 && code !== 'overloaded') return new UnansweredError(detail, undefined);
  return new AppError(code, detail, hint === undefined ? {} : { hint });
}

function mayAnotherAnswer({ code }: AppError): boolean {
  return ['encoder-unavailable', 'overloaded', 'rate-limited'].includes(code);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, code);
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol) || parsed.search !== '') {
    throw new AppError('invalid-input', `An encoder cannot be at ${JSON.stringify(url)}.`, {
      hint: 'Name it like http://encoder-1:7330.',
      details: { actual: url },
    });
  }
  return parsed.href.replace(/\/+$/, '');
}
