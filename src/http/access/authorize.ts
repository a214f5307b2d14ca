import type { Context, MiddlewareHandler } from 'hono';
import { AppError } from '../../domain/errors.js';
import { grants, type Scope } from '../../domain/scope.js';
import type { Endpoint, Endpoints } from '../endpoints.js';
import { requiredScope } from './requires.js';

/**
 * Lets through who may call the route, by what the route declares.
 * @param needsKey false: who sends no key may do everything, as on one's own machine; a key that is sent counts all the same.
 */
export function authorize(endpoints: Endpoints, needsKey: boolean): MiddlewareHandler {
  return async (context, next) => {
    const endpoint = endpoints.of(context);
    const scope = endpoint && scopeOf(endpoint);
    const caller = context.get('caller');
    if (scope === undefined || (caller === 'anonymous' && !needsKey)) return next();
    if (caller === 'anonymous') {
      context.header('WWW-Authenticate', 'Bearer realm="videre"');
      throw new AppError('unauthorized', 'This needs an API key.', {
        hint: `Send Authorization: Bearer KEY. Make one with: videre keys create NAME --scope ${scope}`,
      });
    }
    if (caller instanceof AppError) {
      context.header('WWW-Authenticate', 'Bearer realm="videre", error="invalid_token"');
      throw caller;
    }
    assertScope(context, scope);
    return next();
  };
}

/**
 * For a route whose scope depends on what it is asked about. Who got as far as a route without a key may do everything.
 * @throws AppError `forbidden`.
 */
export function assertScope(context: Context, scope: Scope): void {
  const caller = context.get('caller');
  if (caller === 'anonymous' || caller instanceof AppError || grants(caller.scopes, scope)) return;
  context.header('WWW-Authenticate', `Bearer realm="videre", error="insufficient_scope", scope="${scope}"`);
  throw new AppError(
    'forbidden',
    `This needs a key with the scope ${scope}; the key ${caller.id} has ${caller.scopes.join(', ')}.`,
    { hint: `Make one with: videre keys create NAME --scope ${scope}` },
  );
}

/** What lies outside /v1 and is not described (the documents, the page) holds nothing of the library. */
function scopeOf({ path, definition }: Endpoint): Scope | undefined {
  if (definition === undefined && !path.startsWith('/v1/')) return undefined;
  return requiredScope(definition?.security);
}
