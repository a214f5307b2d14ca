import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

const POLICY = 'content-security-policy';
const FRAMES = 'x-frame-options';

/**
 * Everything a page of ours shows comes from us, and nobody frames it. Pictures may be data (Swagger UI's icons) or
 * blobs (a file that was dropped). A route that sends a document of another kind sets the two headers itself.
 */
export function securityHeaders(): MiddlewareHandler {
  const setHeaders = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      mediaSrc: ["'self'", 'blob:'],
      connectSrc: ["'self'"],
      fontSrc: ["'self'"],
      frameSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'self'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    referrerPolicy: 'no-referrer',
    // Whether there is TLS in front is for the proxy to know and to say.
    strictTransportSecurity: false,
  });
  return async (context, next) => {
    const own = new Map<string, string | null>();
    await setHeaders(context, async () => {
      await next();
      for (const name of [POLICY, FRAMES]) own.set(name, context.res.headers.get(name));
    });
    for (const [name, value] of own) if (value !== null) context.res.headers.set(name, value);
  };
}
