import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { AppError } from '../../domain/errors.js';

const HEADERS_LIMIT_MS = 30_000;
/** Between two pieces of a body. */
const SILENCE_LIMIT_MS = 60_000;
const MAX_REDIRECTS = 5;
/** Longer than this, a person would rather come back themselves. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** A request that did not succeed, and may if it is made again. */
export class TransientFailure extends Error {
  /** What the server asked for; undefined when it did not say. */
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.waitMs = waitMs;
  }
}

export interface HubAnswer {
  status: number;
  headers: Headers;
  body: Dispatcher.ResponseData['body'];
}

export interface HubRequest {
  method: 'GET' | 'HEAD';
  url: URL;
  headers: Record<string, string>;
  /** Sent to the host of `url` only: a CDN has no business with it. */
  token: string | undefined;
  signal: AbortSignal | undefined;
}

const proxy = Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name))
  ? new EnvHttpProxyAgent()
  : undefined;

/**
 * One request with its redirects. A HEAD ends where the hub redirects to a CDN: all the facts are in that answer, and an
 * address signed for GET refuses anything else.
 * @throws TransientFailure for a lost connection, 408, 429 and 5xx; AppError `download-failed` for any other answer that
 *   is no success, `cancelled`.
 */
export async function requestFromHub(asked: HubRequest): Promise<HubAnswer> {
  let url = asked.url;
  for (let redirects = 1; ; redirects++) {
    const answer = await requestOnce(asked, url);
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status > 399 || location === null) {
      await assertSuccess(answer, url);
      return answer;
    }
    await answer.body.dump();
    const target = redirectTarget(location, url, redirects);
    if (asked.method === 'HEAD' && target.origin !== url.origin) return answer;
    url = target;
  }
}

async function requestOnce(
  { method, url: first, headers, token, signal }: HubRequest,
  url: URL,
): Promise<HubAnswer> {
  const authorization =
    token !== undefined && url.origin === first.origin ? { authorization: `Bearer ${token}` } : {};
  try {
    const {
      statusCode,
      headers: raw,
      body,
    } = await request(url, {
      method,
      // What is counted and resumed are the bytes of the file, not of a compressed copy.
      headers: { 'user-agent': 'videre', 'accept-encoding': 'identity', ...headers, ...authorization },
      headersTimeout: HEADERS_LIMIT_MS,
      bodyTimeout: SILENCE_LIMIT_MS,
      ...(signal === undefined ? {} : { signal }),
      ...(proxy === undefined ? {} : { dispatcher: proxy }),
    });
    const flat = Object.entries(raw).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
    );
    return { status: statusCode, headers: new Headers(flat), body };
  } catch (cause) {
    throw connectionError(cause, url, signal);
  }
}

/** What a broken connection means, before or in the middle of a body. */
export function connectionError(cause: unknown, url: URL, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return new AppError('cancelled', 'The download was cancelled.', { cause });
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new TransientFailure(`${url.host} cannot be reached (${reason})`, undefined, cause);
}

function redirectTarget(location: string, from: URL, count: number): URL {
  if (count > MAX_REDIRECTS) {
    throw new AppError('download-failed', `${from.host} redirects more than ${MAX_REDIRECTS} times.`);
  }
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target === undefined || !['https:', from.protocol].includes(target.protocol)) {
    throw new AppError('download-failed', `${from.host} redirects to ${location}, which is not followed.`, {
      hint: 'An encrypted connection is not left for an open one.',
    });
  }
  return target;
}

async function assertSuccess({ status, headers, body }: HubAnswer, url: URL): Promise<void> {
  // 416 is an answer to a range, and the caller's to read.
  if ((status >= 200 && status < 300) || status === 416) return;
  await body.dump();
  const what = `${url.host} answered ${status} to ${url.pathname}`;
  if (status === 408 || status === 429 || status >= 500) {
    const waitMs = retryAfterMs(headers.get('retry-after'));
    if (waitMs === undefined || waitMs <= LONGEST_WAIT_MS) throw new TransientFailure(what, waitMs);
    const minutes = Math.ceil(waitMs / 60_000);
    throw new AppError('download-failed', `${what}, and asks to come back in ${minutes} minutes.`);
  }
  throw new AppError('download-failed', `${what}.`, { hint: refusalHint(status), details: { status } });
}

function refusalHint(status: number): string {
  if (status === 401 || status === 403)
    return 'If the repository is closed, give an access token in HF_TOKEN.';
  if (status === 404) return 'The file is not there under this name: see "videre models list --available".';
  return 'Check HF_ENDPOINT, which names the hub.';
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
