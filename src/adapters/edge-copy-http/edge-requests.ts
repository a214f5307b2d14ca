import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode } from '../../domain/error-catalogue.js';
import { AppError } from '../../domain/errors.js';

const DEADLINE_MS = 120_000;
/** Doubled with every attempt: half a minute in all, in which a Worker that is deployed anew comes up. */
const FIRST_PAUSE_MS = 500;
const MAX_ATTEMPTS = 6;

const problem = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() });

export interface EdgeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/v1/edge`. */
  path: string;
  query?: Record<string, string | number | undefined>;
  /** JSON, or bytes as they are. */
  body?: object | Uint8Array;
}

/** What a push has sent. */
export interface EdgeTraffic {
  requests: number;
  sentBytes: number;
}

/** Asks a Worker, and again when it is away for a moment: nothing that is asked for does harm twice. */
export class EdgeRequests {
  readonly traffic: EdgeTraffic = { requests: 0, sentBytes: 0 };
  readonly #base: string;
  readonly #key: string;
  readonly #signal: AbortSignal | undefined;
  readonly #pause: (milliseconds: number) => Promise<unknown>;

  /** @throws AppError `invalid-input` for an address no Worker can have. */
  constructor(
    url: string,
    key: string,
    signal?: AbortSignal,
    pause: (milliseconds: number) => Promise<unknown> = (milliseconds) =>
      sleep(milliseconds, undefined, signal === undefined ? {} : { signal }),
  ) {
    this.#base = baseOf(url);
    this.#key = key;
    this.#signal = signal;
    this.#pause = pause;
  }

  /** @throws AppError what the Worker refuses it with; `edge-unavailable` when it does not answer, `cancelled`. */
  async ask<Answer>(request: EdgeRequest, answer: z.ZodType<Answer>): Promise<Answer> {
    const response = await this.#answered(request);
    const parsed = answer.safeParse(await response.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    throw new AppError('edge-unavailable', `${this.#base} answers what no Worker of this version says.`, {
      cause: parsed.error,
      hint: 'Deploy the Worker of the version that you push with.',
    });
  }

  /** As `ask`, for what is answered with nothing. */
  async tell(request: EdgeRequest): Promise<void> {
    await (await this.#answered(request)).arrayBuffer();
  }

  async #answered(request: EdgeRequest): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(request);
      } catch (thrown) {
        this.#throwIfStopped();
        if (attempt === MAX_ATTEMPTS || !(thrown instanceof AppError && thrown.retryable)) throw thrown;
        await this.#pause(FIRST_PAUSE_MS * 2 ** (attempt - 1)).catch(() => this.#throwIfStopped());
      }
    }
  }

  async #once({ method, path, query = {}, body }: EdgeRequest): Promise<Response> {
    this.#throwIfStopped();
    const url = new URL(`${this.#base}/v1/edge${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const isBytes = body instanceof Uint8Array;
    const sent =
      body === undefined || isBytes ? (body ?? new Uint8Array()) : Buffer.from(JSON.stringify(body));
    this.traffic.requests++;
    this.traffic.sentBytes += sent.byteLength;
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        accept: 'application/json',
        ...(method === 'GET' || method === 'DELETE'
          ? {}
          : {
              'content-type': isBytes ? 'application/octet-stream' : 'application/json',
              'content-digest': `sha-256=:${createHash('sha256').update(sent).digest('base64')}:`,
            }),
      },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: new Uint8Array(sent) }),
      // A redirect could carry the key elsewhere.
      redirect: 'manual',
      signal: this.#signal === undefined ? deadline : AbortSignal.any([deadline, this.#signal]),
    }).catch((cause: unknown) => {
      const why = deadline.aborted ? `does not answer within ${DEADLINE_MS / 1000} s` : 'cannot be reached';
      throw unavailable(`${this.#base} ${why}.`, cause);
    });
    if (response.ok) return response;
    throw this.#refusal(response.status, await response.json().catch(() => undefined));
  }

  #throwIfStopped(): void {
    if (this.#signal?.aborted !== true) return;
    throw new AppError('cancelled', 'The push was stopped.', {
      cause: this.#signal.reason,
      hint: 'The same command goes on with it.',
    });
  }

  #refusal(status: number, said: unknown): AppError {
    const told = problem.safeParse(said);
    if (status !== 404 && told.success && Object.hasOwn(ERROR_CATALOGUE, told.data.code)) {
      const { code, detail, hint } = told.data;
      if (code === 'internal') return unavailable(`The Worker at ${this.#base} failed.`);
      return new AppError(code as ErrorCode, detail, hint === undefined ? {} : { hint });
    }
    if (status >= 500 || status === 429) return unavailable(`${this.#base} answers with HTTP ${status}.`);
    return new AppError(
      'invalid-input',
      `${this.#base} is no Worker of Videre: it answers with HTTP ${status}.`,
      {
        hint: 'Name the address that wrangler printed, as https://videre.NAME.workers.dev.',
      },
    );
  }
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('edge-unavailable', message, {
    cause,
    hint: 'See what "npx wrangler tail" says. The same command goes on where it broke off.',
  });
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol) || parsed.search !== '') {
    throw new AppError('invalid-input', `A Worker cannot be at ${JSON.stringify(url)}.`, {
      hint: 'Name it like https://videre.NAME.workers.dev, or http://127.0.0.1:8787.',
    });
  }
  return parsed.href.replace(/\/+$/, '');
}
