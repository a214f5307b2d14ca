import type { Hono } from 'hono';
import type { EdgeEnvironment } from './edge/edge-environment.js';
import { type EdgeCache, serveEdge } from './edge/serve-edge.js';

/** Of the platform: one for each data centre. */
declare const caches: { default: EdgeCache };

let service: Hono | undefined;

/** Entry of the Cloudflare Worker, in the form that the platform wants it in (wrangler.toml). */
const worker = {
  fetch(request: Request, environment: EdgeEnvironment): Response | Promise<Response> {
    // The same environment for as long as the isolate lives.
    service ??= serveEdge(environment, caches.default);
    return service.fetch(request);
  },
};

// biome-ignore lint/style/noDefaultExport: what the platform calls.
export default worker;
