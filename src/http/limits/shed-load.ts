import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../domain/errors.js';
import type { Endpoints } from '../endpoints.js';

const RETRY_AFTER_SECONDS = 1;

/**
 * Refuses work when so many requests are being worked on already: one that waits costs memory, and its caller patience.
 * A request counts until its response begins, so that event streams and videos being watched do not fill the house.
 * What tells whether the service is well always gets its answer.
 */
export function shedLoad(endpoints: Endpoints, maxConcurrent: number): MiddlewareHandler {
  let underWay = 0;
  return async (context, next) => {
    if (!endpoints.of(context)?.path.startsWith('/v1/')) return next();
    if (underWay >= maxConcurrent) {
      context.header('Retry-After', String(RETRY_AFTER_SECONDS));
      throw new AppError('overloaded', `${maxConcurrent} requests are being worked on already.`, {
        hint: 'Try again in a moment.',
      });
    }
    underWay++;
    try {
      await next();
    } finally {
      underWay--;
    }
  };
}
