import type { Context, MiddlewareHandler } from 'hono';
import { AppError } from '../../domain/errors.js';

/**
 * Refuses requests for another host name than those given. A page elsewhere can point its own name at 127.0.0.1 and
 * would then count as of the same origin (DNS rebinding); the Host header still says its name.
 */
export function requireHost(isOurs: (hostname: string) => boolean): MiddlewareHandler {
  return async (context, next) => {
    const { hostname } = new URL(context.req.url);
    if (isOurs(hostname)) return next();
    throw new AppError(
      'host-refused',
      `Requests for the host ${JSON.stringify(hostname)} are not answered.`,
      {
        hint: 'If you put Videre behind this name, list it in the setting allowedHosts.',
      },
    );
  };
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses changes asked for by pages of another origin. Without keys, being able to reach the server is all it takes, and
 * browsers let any page send it a form; they say on whose behalf, though. Programs that are no browser send neither header.
 */
export function refuseForeignPages(allowedOrigins: readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    if (SAFE_METHODS.includes(context.req.method) || !isForeign(context, allowedOrigins)) return next();
    throw new AppError('forbidden', 'A page of another origin may not change anything here.', {
      hint: 'List its origin in the setting corsOrigins if it is yours.',
    });
  };
}

function isForeign(context: Context, allowedOrigins: readonly string[]): boolean {
  const origin = context.req.header('origin');
  if (origin === undefined) return context.req.header('sec-fetch-site') === 'cross-site';
  if (allowedOrigins.includes(origin)) return false;
  // The scheme may differ: behind a proxy that ends TLS, the page is https and we are asked by http.
  return !URL.canParse(origin) || new URL(origin).host !== new URL(context.req.url).host;
}
