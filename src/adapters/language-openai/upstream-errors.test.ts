import { APICallError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { retryAfterMs, upstreamError } from './upstream-errors.js';

const KEY = 'sk-very-secret';

function reply(
  statusCode: number | undefined,
  responseBody = '',
  responseHeaders: Record<string, string> = {},
) {
  return new APICallError({
    message: `said ${KEY}`,
    url: 'http://10.0.0.1/v1',
    requestBodyValues: {},
    responseBody,
    responseHeaders,
    ...(statusCode === undefined ? {} : { statusCode }),
  });
}

describe('upstreamError', () => {
  it.each([
    [undefined, 'language-model-unavailable'],
    [200, 'language-model-failed'],
    [400, 'language-model-refused'],
    [401, 'language-model-refused'],
    [403, 'language-model-refused'],
    [404, 'language-model-refused'],
    [413, 'language-model-refused'],
    [429, 'language-model-busy'],
    [500, 'language-model-unavailable'],
    [503, 'language-model-unavailable'],
  ])('calls status %s %s', (status, code) => {
    expect(upstreamError(reply(status), KEY).code).toBe(code);
  });

  it('says nothing of what the server said, and keeps the key out of the log as well', () => {
    const error = upstreamError(reply(500, `stack trace with ${KEY} ${'x'.repeat(1000)}`), KEY);
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toMatch(/stack|sk-|10\.0/);
    expect(String(error.cause)).toMatch(/stack trace with \*\*\*/);
    expect(String(error.cause).length).toBeLessThan(400);
  });

  it('passes on how long to wait', () => {
    expect(upstreamError(reply(429, '', { 'retry-after': '7' }), KEY).details).toEqual({
      upstreamStatus: 429,
      retryAfterSeconds: 7,
    });
  });
});

it.each([
  [undefined, Number.NaN],
  ['', Number.NaN],
  ['3', 3000],
  ['0.5', 500],
  ['Thu, 01 Jan 1970 00:00:10 GMT', 9000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', Number.NaN],
])('reads Retry-After %j', (value, expected) => {
  expect(retryAfterMs(value === undefined ? {} : { 'retry-after': value }, 1000)).toBe(expected);
});
