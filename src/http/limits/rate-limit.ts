import type { Context, MiddlewareHandler } from 'hono';
import { rateLimiter } from 'hono-rate-limiter';
import { AppError } from '../../domain/errors.js';

const WINDOW_MS = 60_000;

/** So many requests a minute for each key, and for each address of those who have none. */
export function limitRate(requestsPerMinute: number): MiddlewareHandler {
  return rateLimiter({
    windowMs: WINDOW_MS,
    limit: requestsPerMinute,
    standardHeaders: 'draft-7',
    keyGenerator: callerName,
    handler: () => {
      throw new AppError('rate-limited', `More than ${requestsPerMinute} requests in a minute.`, {
        hint: 'Wait for as long as Retry-After says.',
      });
    },
  });
}

function callerName(context: Context): string {
  const caller = context.get('caller');
  // A key that is not good counts for the address, or everybody could use up what another's key may do.
  const isKnown = caller !== 'anonymous' && !(caller instanceof AppError);
  return isKnown ? `key ${caller.id}` : `address ${networkOf(remoteAddress(context))}`;
}

/** Undefined under `app.request()`, where there is no connection. */
function remoteAddress(context: Context): string | undefined {
  const { incoming } = (context.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  return incoming?.socket?.remoteAddress;
}

/** One subscriber has a whole /64 of IPv6 addresses. */
export function networkOf(address = 'unknown'): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
