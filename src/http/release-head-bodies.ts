import type { MiddlewareHandler } from 'hono';

/**
 * HEAD goes to the route of GET, and Hono drops the body that the route made, unread: an open file, or a stream that ends
 * only with whoever reads it, would be left behind.
 */
export function releaseHeadBodies(): MiddlewareHandler {
  return async (context, next) => {
    await next();
    if (context.req.method === 'HEAD') await context.res.body?.cancel();
  };
}
