import { brokenOff, ProblemError, toProblem } from './problem-error.js';

/** Sent to the document when a request was refused for want of a good API key. */
export const SIGN_IN_NEEDED = 'videre-sign-in-needed';

/** Waits; an abort ends it early. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A URL of the API. The page's `<base>` is the root of the service, whichever path prefix it lies behind. */
export function apiUrl(path: string, query: Record<string, string | number | undefined> = {}): string {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  }
  return url.href;
}

/**
 * @returns the parsed body; undefined for an empty one
 * @throws ProblemError when the API refuses, or cannot be reached
 */
export async function request<Body>(
  method: string,
  url: string,
  options: RequestOptions = {},
): Promise<Body> {
  const response = await send(method, url, options);
  if (!response.ok) throw await problemOf(response);
  const text = await response.text().catch((error: unknown) => {
    throw brokenOff(error);
  });
  try {
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  } catch {
    throw new ProblemError(
      response.status,
      'internal',
      'What answered is not Videre.',
      'Load the page again.',
    );
  }
}

export interface RequestOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as multipart/form-data, instead of JSON. */
  form?: FormData;
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
}

/** As `request`, but hands over the response as it is. */
export async function send(
  method: string,
  url: string,
  { json, form, signal, headers, keepalive }: RequestOptions = {},
): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(form === undefined ? {} : { body: form }),
      ...(signal === undefined ? {} : { signal }),
      ...(keepalive === undefined ? {} : { keepalive }),
    });
  } catch (error) {
    throw brokenOff(error);
  }
}

export async function problemOf(response: Response): Promise<ProblemError> {
  return refusal(response.status, await response.json().catch(() => ({})));
}

/** A refusal by its body; where a key is wanted, the page asks for one. */
export function refusal(status: number, body: unknown): ProblemError {
  if (status === 401) document.dispatchEvent(new Event(SIGN_IN_NEEDED));
  return toProblem(status, body);
}
