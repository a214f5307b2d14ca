import type { Context, MiddlewareHandler } from 'hono';
import { AppError } from '../../domain/errors.js';
import type { Endpoints } from '../endpoints.js';
import { isStreamed } from './limit-body.js';

const RETRY_AFTER_SECONDS = 1;
/** Each holds some hundred kilobytes; a slow one, for a long time. */
const MAX_CONCURRENT_UPLOADS = 128;

/**
 * Refuses work when so many requests are being worked on already: one that waits costs memory, and its caller patience.
 * A request counts until its response begins, so that event streams and videos being watched do not fill the house.
 * Uploads are counted apart, so that slow ones keep nobody else waiting. What tells whether the service is well always
 * gets its answer.
 */
export function shedLoad(
  endpoints: Endpoints,
  maxRequests: number,
  maxUploads = MAX_CONCURRENT_UPLOADS,
): MiddlewareHandler {
  const requests = { what: 'requests', most: maxRequests, underWay: 0 };
  const uploads = { what: 'uploads', most: maxUploads, underWay: 0 };
  return async (context, next) => {
    const endpoint = endpoints.of(context);
    if (!endpoint?.path.startsWith('/v1/')) return next();
    const load = isStreamed(context, endpoint) ? uploads : requests;
    if (load.underWay >= load.most) throw tooMany(context, `${load.most} ${load.what} are being worked on`);
    load.underWay++;
    try {
      await next();
    } finally {
      load.underWay--;
    }
  };
}

export function tooMany(context: Context, what: string): AppError {
  context.header('Retry-After', String(RETRY_AFTER_SECONDS));
  return new AppError('overloaded', `${what} already.`, { hint: 'Try again in a moment.' });
}
