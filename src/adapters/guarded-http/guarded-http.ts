import { Agent, type Dispatcher, request } from 'undici';
import { AppError } from '../../domain/errors.js';
import { type Pace, paced } from '../../domain/paced.js';
import type { OutboundHttp, RemoteFile } from '../../ports/outbound-http.js';
import { type AddressRules, assertCallableUrl, guardedLookup } from './address-guard.js';

/** A link of 128 kbit/s is waited for; a server that drips, to hold whoever waits, is not. */
const DOWNLOAD_PACE: Pace = { deadlineMs: 6 * 3_600_000, leastBytesPerMinute: 60 * 16 * 1024 };

const CONNECT_LIMIT_MS = 10_000;
const HEADERS_LIMIT_MS = 20_000;
/** Without a single byte. */
const SILENCE_LIMIT_MS = 60_000;
const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Of an answer nobody reads. */
const DUMP_BYTES = 64 * 1024;

/** HTTP by undici, with every address checked before a connection is made to it; proxies of the environment are not used. */
export class GuardedHttp implements OutboundHttp {
  readonly #rules: AddressRules;
  readonly #pace: Pace;
  readonly #agent: Agent;

  constructor(rules: AddressRules, pace: Pace = DOWNLOAD_PACE) {
    this.#rules = rules;
    this.#pace = pace;
    this.#agent = new Agent({
      connect: { lookup: guardedLookup(rules), timeout: CONNECT_LIMIT_MS },
      headersTimeout: HEADERS_LIMIT_MS,
      bodyTimeout: SILENCE_LIMIT_MS,
    });
  }

  assertCallable(url: string): void {
    assertCallableUrl(url, this.#rules);
  }

  async download(address: string, signal?: AbortSignal): Promise<RemoteFile> {
    let url = assertCallableUrl(address, this.#rules);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      // Compressed, it would not be the file.
      const headers = { 'accept-encoding': 'identity' };
      const response = await this.#request(url, { method: 'GET', headers }, signal);
      const { statusCode, body } = response;
      const location = response.headers.location;
      if (REDIRECTS.includes(statusCode) && typeof location === 'string') {
        discard(body);
        if (!URL.canParse(location, url.href)) throw failed(url, 'it redirects to what is no address');
        url = assertCallableUrl(new URL(location, url.href).href, this.#rules);
        continue;
      }
      if (statusCode !== 200) {
        discard(body);
        throw failed(url, `it answers ${statusCode}`);
      }
      const length = Number(response.headers['content-length'] ?? Number.NaN);
      return {
        sizeBytes: Number.isSafeInteger(length) ? length : null,
        body: told(paced(body, this.#pace), url),
        discard: () => discard(body),
      };
    }
    throw failed(url, `it redirects more than ${MAX_REDIRECTS} times`);
  }

  async post(
    address: string,
    headers: Record<string, string>,
    body: string,
    signal?: AbortSignal,
  ): Promise<number> {
    const url = assertCallableUrl(address, this.#rules);
    const response = await this.#request(url, { method: 'POST', headers, body }, signal);
    await response.body.dump({ limit: DUMP_BYTES });
    return response.statusCode;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #request(
    url: URL,
    options: Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body'>,
    signal?: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(url, { ...options, dispatcher: this.#agent, ...(signal ? { signal } : {}) });
    } catch (error) {
      throw toCallError(error, url, signal);
    }
  }
}

/** Nobody reads it: its connection is closed, for reading it out could take as long as its server likes. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {});
  body.destroy();
}

/** A connection that breaks midway, or hardly moves, is said to have done so. */
async function* told(body: AsyncIterable<Uint8Array>, url: URL): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw toCallError(error, url);
  }
}

function toCallError(error: unknown, url: URL, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof AppError) return error;
  return failed(url, error instanceof Error ? error.message : String(error), error);
}

/** The query of an address may be a secret. */
function failed(url: URL, reason: string, cause?: unknown): AppError {
  return new AppError('download-failed', `${url.origin}${url.pathname} cannot be had: ${reason}.`, {
    cause,
    hint: 'Check that the address can be reached from the server.',
  });
}
