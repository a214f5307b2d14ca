import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { authenticate } from '../../app/access/authenticate.js';
import type { ApiKey } from '../../domain/api-key.js';
import { AppError, toAppError } from '../../domain/errors.js';
import type { ApiKeyStore } from '../../ports/api-keys.js';

/** Who makes a request: the holder of a key, nobody known, or somebody with a key that is not good. */
export type Caller = ApiKey | 'anonymous' | AppError;

declare module 'hono' {
  interface ContextVariableMap {
    caller: Caller;
  }
}

/** Holds the API key of a page that signed in (see session-route.ts). */
export const SESSION_COOKIE = 'videre_key';

/** Finds out who calls. Whether they may is `authorize`'s to say, after the limits, so that guessing keys has its limit too. */
export function identify(keys: ApiKeyStore): MiddlewareHandler {
  return async (context, next) => {
    context.set('caller', await callerOf(context, keys));
    await next();
  };
}

async function callerOf(context: Context, keys: ApiKeyStore): Promise<Caller> {
  try {
    const sent = sentKey(context);
    if (sent !== undefined) return await authenticate(keys, sent);
  } catch (thrown) {
    return refusal(thrown);
  }
  const cookie = getCookie(context, SESSION_COOKIE);
  if (cookie === undefined) return 'anonymous';
  try {
    return await authenticate(keys, cookie);
  } catch (thrown) {
    refusal(thrown);
    // Browsers send a cookie unasked, one of another service on this machine too: one that is not good is none.
    return 'anonymous';
  }
}

/** @throws what is no refusal */
function refusal(thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (error.code === 'unauthorized') return error;
  throw error;
}

function sentKey(context: Context): string | undefined {
  const header = context.req.header('x-api-key');
  const authorization = context.req.header('authorization');
  if (authorization === undefined) return header;
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (bearer !== undefined && (header === undefined || header === bearer)) return bearer;
  throw new AppError('unauthorized', 'The request carries something else than one API key.', {
    hint: 'Send Authorization: Bearer KEY, or X-Api-Key: KEY.',
  });
}
