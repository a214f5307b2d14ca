import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AppError } from '../../domain/errors.js';
import type { Endpoint, Endpoints } from '../endpoints.js';

/** A JSON request is a few hundred bytes; the largest hold many texts. */
export const MAX_JSON_BYTES = 1024 * 1024;

/** Bounds the bodies that are read into memory: JSON. Routes that take something else stream it, and bound it themselves. */
export function limitBody(endpoints: Endpoints): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: MAX_JSON_BYTES,
    onError: () => {
      throw new AppError('payload-too-large', `A JSON body has at most ${MAX_JSON_BYTES} bytes.`);
    },
  });
  return async (context, next) => {
    const isJson = /^application\/json\b/i.test(context.req.header('content-type') ?? '');
    const isStreamed = !isJson && takesOtherTypes(endpoints.of(context));
    return isStreamed ? next() : limit(context, next);
  };
}

function takesOtherTypes(endpoint: Endpoint | undefined): boolean {
  const types = Object.keys(endpoint?.definition?.request?.body?.content ?? {});
  return types.some((type) => type !== 'application/json');
}
