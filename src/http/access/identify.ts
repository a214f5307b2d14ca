import type { Context, MiddlewareHandler } from 'hono';
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

/** Finds out who calls. Whether they may is `authorize`'s to say, after the limits, so that guessing keys has its limit too. */
export function identify(keys: ApiKeyStore): MiddlewareHandler {
  return async (context, next) => {
    context.set('caller', await callerOf(context, keys));
    await next();
  };
}

async function callerOf(context: Context, keys: ApiKeyStore): Promise<Caller> {
  try {
    const text = sentKey(context);
    return text === undefined ? 'anonymous' : await authenticate(keys, text);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'unauthorized') return error;
    throw error;
  }
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
