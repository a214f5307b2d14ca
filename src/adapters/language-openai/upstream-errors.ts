import { APICallError } from '@ai-sdk/provider';
import { AppError, type ErrorCode } from '../../domain/errors.js';

/** What is kept of a reply for the log: enough to see why, not enough to fill a disk. */
const MAX_EXCERPT = 300;

const EXPLANATIONS: Partial<Record<number, { code: ErrorCode; message: string; hint: string }>> = {
  401: {
    code: 'language-model-refused',
    message: 'The language model does not accept the API key.',
    hint: 'Whoever runs Videre sets it as VIDERE_LLM_KEY.',
  },
  404: {
    code: 'language-model-refused',
    message: 'The language model is not where it is said to be.',
    hint: 'Whoever runs Videre should check VIDERE_LLM_URL and VIDERE_LLM_MODEL.',
  },
  413: {
    code: 'language-model-refused',
    message: 'The language model does not take so much evidence.',
    hint: 'Ask about fewer clips.',
  },
  429: {
    code: 'language-model-busy',
    message: 'The language model is busy.',
    hint: 'Try again a little later.',
  },
};

const UNAVAILABLE = {
  code: 'language-model-unavailable',
  message: 'The language model is not available.',
} as const;
const REFUSED = {
  code: 'language-model-refused',
  message: 'The language model refused the request.',
} as const;
const FAILED = {
  code: 'language-model-failed',
  message: 'The language model broke off its answer.',
} as const;

/**
 * What went wrong upstream, in words of our own: nothing of what the server said reaches a client. An excerpt goes along
 * as the cause, for the log, without the key.
 */
export function upstreamError(thrown: unknown, apiKey: string | undefined): AppError {
  if (thrown instanceof AppError) return thrown;
  if (!APICallError.isInstance(thrown)) {
    return new AppError(FAILED.code, FAILED.message, { cause: excerpt(thrown, apiKey) });
  }
  const { statusCode } = thrown;
  const { code, message, hint } = explain(statusCode);
  const retryAfterSeconds = retryAfterMs(thrown.responseHeaders) / 1000;
  return new AppError(code, message, {
    cause: excerpt(thrown, apiKey),
    ...(hint === undefined ? {} : { hint }),
    details: {
      ...(statusCode === undefined ? {} : { upstreamStatus: statusCode }),
      ...(Number.isNaN(retryAfterSeconds) ? {} : { retryAfterSeconds: Math.ceil(retryAfterSeconds) }),
    },
  });
}

function explain(status: number | undefined): { code: ErrorCode; message: string; hint?: string } {
  if (status === undefined) return UNAVAILABLE;
  if (status === 403) return EXPLANATIONS[401]!;
  // It is where the redirect says, perhaps; the key goes nowhere that was not named.
  if (status >= 300 && status < 400) return EXPLANATIONS[404]!;
  // A reply that says all is well, and cannot be read.
  if (status < 400) return FAILED;
  return EXPLANATIONS[status] ?? (status >= 500 ? UNAVAILABLE : REFUSED);
}

function excerpt(thrown: unknown, apiKey: string | undefined): Error {
  const said = APICallError.isInstance(thrown)
    ? `${thrown.message} ${thrown.responseBody ?? ''}`
    : thrown instanceof Error
      ? `${thrown.name}: ${thrown.message}`
      : JSON.stringify(thrown);
  const secretless = apiKey ? said.replaceAll(apiKey, '***') : said;
  return new Error(secretless.slice(0, MAX_EXCERPT));
}

/**
 * How long a server wants to be left alone (RFC 9110, section 10.2.3: seconds or a date).
 * @returns NaN when it does not say.
 */
export function retryAfterMs(headers: Record<string, string> | undefined, nowMs = Date.now()): number {
  const value = headers?.['retry-after']?.trim();
  if (value === undefined || value === '') return Number.NaN;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  return Math.max(0, Date.parse(value) - nowMs);
}
