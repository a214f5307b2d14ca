import type { Context, MiddlewareHandler } from 'hono';
import { rateLimiter } from 'hono-rate-limiter';
import { AppError } from '../../domain/errors.js';

const WINDOW_MS = 60_000;

/** Counts the requests of each caller elsewhere, and tells whether this one is within what it allows. */
export interface RateCounter {
  limit(caller: { key: string }): Promise<{ success: boolean }>;
}

/** Requests a minute, counted here; or whoever counts them. */
export type RateLimit = number | RateCounter;

/** So many requests a minute for each key, and for each address of those who have none. */
export function limitRate(limit: RateLimit): MiddlewareHandler {
  return typeof limit === 'number' ? limitHere(limit) : limitElsewhere(limit);
}

function limitHere(requestsPerMinute: number): MiddlewareHandler {
  return rateLimiter({
    windowMs: WINDOW_MS,
    limit: requestsPerMinute,
    standardHeaders: 'draft-7',
    keyGenerator: (context) => callerName(context, socketAddress(context)),
    handler: () => {
      throw new AppError('rate-limited', `More than ${requestsPerMinute} requests in a minute.`, {
        hint: 'Wait for as long as Retry-After says.',
      });
    },
  });
}

/** Where the network in front counts, it also says who is calling, in a header that it lets nobody else set. */
function limitElsewhere(counter: RateCounter): MiddlewareHandler {
  return async (context, next) => {
    const address = context.req.header('cf-connecting-ip');
    const { success } = await counter.limit({ key: callerName(context, address) });
    if (success) return next();
    context.header('Retry-After', String(WINDOW_MS / 1000));
    throw new AppError('rate-limited', 'More requests than one caller may make.', {
      hint: 'Wait for as long as Retry-After says.',
    });
  };
}

function callerName(context: Context, address: string | undefined): string {
  const caller = context.get('caller');
  // A key that is not good counts for the address, or everybody could use up what another's key may do.
  const isKnown = caller !== 'anonymous' && !(caller instanceof AppError);
  return isKnown ? `key ${caller.id}` : `address ${networkOf(address)}`;
}

/** Undefined under `app.request()`, where there is no connection. */
function socketAddress(context: Context): string | undefined {
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
