import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { edgeFacts, edgeVersion } from '../adapters/catalog-d1/d1-edge-facts.js';
import { D1Library } from '../adapters/catalog-d1/d1-library.js';
import type { KnownBlocks } from '../adapters/catalog-d1/d1-vector-blocks.js';
import { SqliteApiKeys } from '../adapters/catalog-sqlite/sqlite-api-keys.js';
import { D1EdgeCopy } from '../adapters/edge-copy-d1/d1-edge-copy.js';
import type { VectorCache } from '../adapters/encoder-cached/cached-text-encoder.js';
import { AppError } from '../domain/errors.js';
import { isLoopback } from '../http/access/loopback.js';
import { createEdgeApp } from '../http/create-edge-app.js';
import { createPublishApp } from '../http/edge/create-publish-app.js';
import type { AccessOptions } from '../http/guard.js';
import type { FailedRequest } from '../http/guarded-app.js';
import { problemResponse } from '../http/problem.js';
import { VERSION } from '../version.js';
import { type EdgeEnvironment, type EdgeSettings, edgeSettings } from './edge-environment.js';
import { openEdgeLibrary } from './open-edge-library.js';

/** Where vectors of queries are remembered. */
export type EdgeCache = VectorCache;

interface Opened {
  version: number;
  library: ReturnType<typeof openEdgeLibrary>;
  /** By whether a key is needed. */
  apps: Map<boolean, { fetch(request: Request): Response | Promise<Response> }>;
}

const NO_METRICS = {
  recordRequest: () => {},
  recordStage: () => {},
  report: async () => ({ contentType: 'text/plain', text: '' }),
};

/**
 * The Worker: the routes that read and ask on the library as it is now, and those that whoever publishes it speaks with. Lives as
 * long as an isolate; what one request began, no other waits for, because it ends with the request.
 */
export function serveEdge(environment: EdgeEnvironment, cache: VectorCache): Hono {
  const database = new D1Library(environment.DB);
  const known: KnownBlocks = new Map();
  let opened: Opened | undefined;

  const current = async (settings: EdgeSettings): Promise<Opened> => {
    const version = await edgeVersion(database);
    if (opened?.version === version) return opened;
    const facts = await edgeFacts(database);
    if (facts === undefined) {
      throw new AppError('not-found', 'No library was published here yet.', {
        hint: 'Publish one from where it is: videre edge push URL',
      });
    }
    const library = openEdgeLibrary({ environment, settings, database, facts, cache, known });
    opened = { version: facts.version, library, apps: new Map() };
    return opened;
  };

  const app = new Hono();
  app.use(requestId());
  app.onError((thrown, context) => {
    const response = problemResponse(context, thrown);
    const { method, path } = context.req;
    if (response.status >= 500) logFault(thrown, { id: context.get('requestId'), method, path });
    return response;
  });
  const publish = createPublishApp({
    edge: new D1EdgeCopy(environment.DB, environment.MEDIA, environment.VECTORS),
    pushKey: environment.VIDERE_EDGE_PUSH_KEY,
    logFault,
  });
  app.all('/v1/edge', ({ req }) => publish.fetch(req.raw));
  app.all('/v1/edge/*', ({ req }) => publish.fetch(req.raw));
  app.all('*', async ({ req }) => {
    const settings = edgeSettings(environment);
    const { library, apps } = await current(settings);
    // On the machine of who develops it, as `videre serve` does there.
    const needsKey = settings.VIDERE_OPEN !== 'true' && !isLoopback(new URL(req.url).hostname);
    const served =
      apps.get(needsKey) ??
      createEdgeApp({
        ...library,
        version: VERSION,
        access: accessOptions(environment, settings, database, needsKey),
        metrics: NO_METRICS,
        logFault,
      });
    apps.set(needsKey, served);
    return served.fetch(req.raw);
  });
  return app;
}

function accessOptions(
  { REQUESTS }: EdgeEnvironment,
  { VIDERE_CORS_ORIGINS }: EdgeSettings,
  database: D1Library,
  needsKey: boolean,
): AccessOptions {
  return {
    keys: new SqliteApiKeys(database),
    needsKey,
    corsOrigins: VIDERE_CORS_ORIGINS,
    requestsPerMinute: REQUESTS,
    maxConcurrentRequests: undefined,
  };
}

/** To the log of the Worker (`npx wrangler tail`). */
function logFault(fault: unknown, request: FailedRequest): void {
  console.error(JSON.stringify({ request, fault: descriptionOf(fault) }));
}

function descriptionOf(fault: unknown): unknown {
  if (!(fault instanceof Error)) return String(fault);
  const { message, stack, cause } = fault;
  return { message, stack, ...(cause === undefined ? {} : { cause: descriptionOf(cause) }) };
}
