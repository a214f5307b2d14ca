import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { cors } from 'hono/cors';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { AppError } from '../domain/errors.js';
import type { ApiKeyStore } from '../ports/api-keys.js';
import type { Metrics } from '../ports/metrics.js';
import { authorize } from './access/authorize.js';
import { identify } from './access/identify.js';
import { refuseForeignPages, requireHost } from './access/same-origin.js';
import { Endpoints } from './endpoints.js';
import { limitBody } from './limits/limit-body.js';
import { limitRate, type RateLimit } from './limits/rate-limit.js';
import { receiveBody } from './limits/receive-body.js';
import { shedLoad } from './limits/shed-load.js';
import { measureRequests } from './operations/measure-requests.js';
import { problemResponse } from './problem.js';
import { releaseHeadBodies } from './release-head-bodies.js';
import { securityHeaders } from './security-headers.js';

export interface AccessOptions {
  keys: ApiKeyStore;
  /** False: who sends no key may do everything. */
  needsKey: boolean;
  /** Whether a Host header may name this host; undefined: any. */
  isOurHost?: ((hostname: string) => boolean) | undefined;
  /** Origins whose pages may call the API, as `https://example.org`. */
  corsOrigins: readonly string[];
  /** For each key, or address of those without; undefined: no limit. */
  requestsPerMinute: RateLimit | undefined;
  /** Undefined where each request has a process of its own, or might as well: nothing is counted that one could leave behind. */
  maxConcurrentRequests: number | undefined;
}

const MAX_CONCURRENT_REQUESTS = 256;

/** On one's own machine: everybody who reaches the server may do everything. */
export function openAccess(keys: ApiKeyStore): AccessOptions {
  return {
    keys,
    needsKey: false,
    corsOrigins: [],
    requestsPerMinute: undefined,
    maxConcurrentRequests: MAX_CONCURRENT_REQUESTS,
  };
}

/**
 * Puts in front of every route what a request must pass, in this order; call it before routes are added.
 * @param absent said to those who ask a path for a method that it does not take
 */
export function guard(
  app: OpenAPIHono,
  options: AccessOptions,
  metrics: Metrics,
  absent?: string | undefined,
): void {
  const endpoints = new Endpoints(app);
  const { keys, needsKey, isOurHost, corsOrigins, requestsPerMinute, maxConcurrentRequests } = options;
  app.use(measureRequests(endpoints, metrics));
  app.use(releaseHeadBodies());
  app.use(requestId());
  app.use(async (context, next) => {
    // Headers set from here on reach responses that a handler makes itself, too: Hono merges them into what it replaces.
    void context.res;
    await next();
  });
  app.use(securityHeaders());
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, allowed) => refusedMethod(context, allowed, absent),
    }),
  );
  if (isOurHost !== undefined) app.use(requireHost(isOurHost));
  if (corsOrigins.length > 0) app.use(allowOrigins(corsOrigins));
  app.use(identify(keys));
  if (requestsPerMinute !== undefined) app.use(limitRate(requestsPerMinute));
  app.use(refuseForeignPages(corsOrigins));
  app.use(authorize(endpoints, needsKey));
  app.use(limitBody(endpoints));
  if (maxConcurrentRequests === undefined) return;
  app.use(receiveBody(endpoints));
  app.use(shedLoad(endpoints, maxConcurrentRequests));
}

function allowOrigins(origins: readonly string[]) {
  return cors({
    origin: [...origins],
    allowHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'last-event-id',
      'x-api-key',
    ],
    exposeHeaders: ['etag', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
    maxAge: 600,
  });
}

function refusedMethod(context: Context, allowed: string[], hint: string | undefined): Response {
  const { method, path } = context.req;
  const methods = [...allowed].sort().join(', ');
  const response = problemResponse(
    context,
    new AppError(
      'method-not-allowed',
      `${path} takes ${methods}, not ${method}.`,
      hint === undefined ? {} : { hint },
    ),
  );
  response.headers.set('Allow', methods);
  return response;
}
