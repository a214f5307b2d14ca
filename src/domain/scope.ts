/** What an API key may be allowed: reading and asking, changing the library, and running the service. */
export const SCOPES = ['read', 'write', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** `admin` includes the others; `read` and `write` do not include each other, so that a camera's key can only upload. */
export function grants(held: readonly Scope[], needed: Scope): boolean {
  return held.includes(needed) || held.includes('admin');
}
