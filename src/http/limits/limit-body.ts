import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AppError } from '../../domain/errors.js';
import type { Endpoint, Endpoints } from '../endpoints.js';
import { FORM, isForm } from '../form-type.js';
import { announcedBytes } from './announced-bytes.js';

/** A JSON request is a few hundred bytes; the largest of the ordinary ones hold many texts. */
const MAX_JSON_BYTES = 1024 * 1024;
const MAX_PICTURES_BYTES = 32 * 1024 * 1024;

const MAX_BODY_BYTES = 'x-max-body-bytes';

/** To be spread into the `createRoute` of a route whose JSON holds pictures. */
export const picturesInJson = { [MAX_BODY_BYTES]: MAX_PICTURES_BYTES } as const;

/** Bounds the bodies that are read into memory: JSON. Routes that take something else stream it, and bound it themselves. */
export function limitBody(endpoints: Endpoints): MiddlewareHandler {
  const ordinary = jsonLimit(MAX_JSON_BYTES);
  const withPictures = jsonLimit(MAX_PICTURES_BYTES);
  return async (context, next) => {
    const endpoint = endpoints.of(context);
    if (isStreamed(context, endpoint)) return next();
    const limit = endpoint?.definition?.[MAX_BODY_BYTES] === undefined ? ordinary : withPictures;
    return limit(context, next);
  };
}

function jsonLimit(maxSize: number): MiddlewareHandler {
  const refuse = () => {
    throw new AppError('payload-too-large', `A JSON body has at most ${maxSize} bytes here.`);
  };
  const limitAsItComes = bodyLimit({ maxSize, onError: refuse });
  return async (context, next) => {
    const announced = announcedBytes(context.req.raw);
    if (announced === undefined) return limitAsItComes(context, next);
    // Told without a look at the body, for which the server would make a whole request of what it has.
    return announced > maxSize ? refuse() : next();
  };
}

/**
 * Whether the body of a request is read as it comes: for as long as it comes, which its sender decides. Only forms are;
 * what the framework takes for JSON, under any of its names (`application/x+json`), it reads into memory.
 */
export function isStreamed(context: Context, endpoint: Endpoint | undefined): boolean {
  return isForm(context) && FORM in (endpoint?.definition?.request?.body?.content ?? {});
}
