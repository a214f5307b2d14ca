import { isLoopback } from '../http/access/loopback.js';
import type { AccessOptions } from '../http/guard.js';
import type { ApiKeyStore } from '../ports/api-keys.js';
import type { Settings } from './settings/table.js';

const KEYED_REQUESTS_PER_MINUTE = 1200;

/** Who may ask a server, and how much, by its settings. */
export function accessOptions(settings: Settings, keys: ApiKeyStore, needsKey: boolean): AccessOptions {
  const { host, allowedHosts, corsOrigins, requestsPerMinute, maxConcurrentRequests } = settings;
  const isOurHost = (name: string) => isLoopback(name) || name === host || allowedHosts.includes(name);
  return {
    keys,
    needsKey,
    // Where a key is needed, another name for our address gains a page nothing.
    isOurHost: needsKey ? undefined : isOurHost,
    corsOrigins,
    requestsPerMinute: requestsPerMinute ?? (needsKey ? KEYED_REQUESTS_PER_MINUTE : undefined),
    maxConcurrentRequests,
  };
}
