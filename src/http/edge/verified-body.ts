import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AppError } from '../../domain/errors.js';

/** The largest body is a file of pictures; JSON has a third more bytes than the vectors in it. */
const MAX_BODY_BYTES = 32 * 2 ** 20;

/** Refuses bodies that are not what was sent, by their Content-Digest (RFC 9530), or that are too large. */
export function verifiedBody(): MiddlewareHandler[] {
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new AppError('payload-too-large', `A push sends at most ${MAX_BODY_BYTES} bytes at once.`);
    },
  });
  const verify: MiddlewareHandler = async (context, next) => {
    if (['GET', 'HEAD', 'DELETE'].includes(context.req.method)) return next();
    const [, digest] = /\bsha-256=:([A-Za-z0-9+/=]+):/.exec(context.req.header('content-digest') ?? '') ?? [];
    if (
      digest !==
      createHash('sha256')
        .update(await bytesOf(context))
        .digest('base64')
    ) {
      throw new AppError('corrupt-data', 'The body of the request is not what its Content-Digest says.', {
        hint: 'It was changed on its way: push again.',
      });
    }
    return next();
  };
  return [limit, verify];
}

/** Read once; Hono keeps it. */
export async function bytesOf(context: Context): Promise<Uint8Array> {
  return new Uint8Array(await context.req.arrayBuffer());
}
