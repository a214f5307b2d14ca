import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../domain/errors.js';

/** Lets nobody past but who has the push key. @param pushKey undefined: nobody. */
export function publisherOnly(pushKey: string | undefined): MiddlewareHandler {
  const expected = pushKey === undefined ? undefined : hashOf(pushKey);
  return async (context, next) => {
    if (expected === undefined) {
      throw new AppError('forbidden', 'This Worker takes no pushes: it has no push key.', {
        hint: 'Draw one with "videre keys draw", and set it with "npx wrangler secret put VIDERE_EDGE_PUSH_KEY".',
      });
    }
    const [, given] = /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '') ?? [];
    // Of hashes, which have one length, and tell nothing of where the two differ.
    if (given !== undefined && timingSafeEqual(hashOf(given), expected)) return next();
    context.header('WWW-Authenticate', 'Bearer realm="videre push"');
    throw new AppError('unauthorized', 'Only who has the push key of this Worker may push to it.', {
      hint: 'Set VIDERE_EDGE_PUSH_KEY to the key that the Worker has as its secret of this name.',
    });
  };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
