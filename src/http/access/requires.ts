import { SCOPES, type Scope } from '../../domain/scope.js';

/** Names of the two ways to send a key, in the OpenAPI document. */
export const BEARER = 'bearer';
export const API_KEY_HEADER = 'apiKeyHeader';

type SecurityRequirements = Record<string, string[]>[];

/**
 * Who may call a route, as the `security` of its `createRoute`: a key with this scope. The same declaration is what the
 * OpenAPI document shows and what `authorize` enforces; a route without one is closed to all but `admin`.
 */
export function requires(scope: Scope): SecurityRequirements {
  return [{ [BEARER]: [scope] }, { [API_KEY_HEADER]: [scope] }];
}

/** `security` of a route that anybody may call, with or without a key. */
export const openToAll: SecurityRequirements = [];

/** What `requires` declared; `undefined` when anybody may call. */
export function requiredScope(security: SecurityRequirements | undefined): Scope | undefined {
  if (security?.length === 0) return undefined;
  const declared = security?.[0]?.[BEARER]?.[0];
  return SCOPES.find((scope) => scope === declared) ?? 'admin';
}
