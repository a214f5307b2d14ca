import type { MiddlewareHandler } from 'hono';
import type { Metrics } from '../../ports/metrics.js';
import type { Endpoints } from '../endpoints.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** How long each request took, until its answer began. Callers choose no label, or they could make as many series as they like. */
export function measureRequests(endpoints: Endpoints, metrics: Metrics): MiddlewareHandler {
  return async (context, next) => {
    const startMs = performance.now();
    await next();
    const endpoint = endpoints.of(context);
    metrics.recordRequest({
      method: METHODS.includes(context.req.method) ? context.req.method : 'other',
      route: endpoint?.definition?.path ?? endpoint?.path ?? 'none',
      status: context.res.status,
      durationMs: performance.now() - startMs,
    });
  };
}
