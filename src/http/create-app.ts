import { OpenAPIHono } from '@hono/zod-openapi';
import type { SearchDependencies } from '../app/search-clips.js';
import { AppError } from '../domain/errors.js';
import { addSessionRoutes } from './access/session-route.js';
import { addEvaluationRoutes } from './evaluations-route.js';
import { type AccessOptions, guard } from './guard.js';
import { addHealthRoute } from './health-route.js';
import { problemResponse, RequestError } from './problem.js';
import { addSearchRoute } from './search-route.js';
import { addListVideosRoute } from './videos/list-videos-route.js';
import { addPageRoutes } from './web/add-page-routes.js';

export interface HttpDependencies extends SearchDependencies {
  version: string;
  access: AccessOptions;
  /** Where the library keeps its evaluations. */
  reportsFolder: string;
  /** Hears of faults inside Videre; what the client did wrong is told to the client. */
  logFault: (fault: unknown, request: FailedRequest) => void;
}

/** Says which request failed, and nothing that may be secret: no query, no headers. */
export interface FailedRequest {
  id: string;
  method: string;
  path: string;
}

/**
 * The HTTP API; `app.request()` or a server runs it.
 *
 * A route declares beside itself who may call it (`security: requires('read')` in its `createRoute`), and its `add...`
 * function returns what `app.openapi(...)` returns, chained where there are several: the typed client is made of that.
 */
export function createApp(dependencies: HttpDependencies): OpenAPIHono {
  const { version, catalog, textEncoder, access, reportsFolder, logFault } = dependencies;
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw new RequestError(result.target, result.error);
    },
  });

  app.onError((thrown, context) => {
    const response = problemResponse(context, thrown);
    const { method, path } = context.req;
    if (response.status >= 500) logFault(thrown, { id: context.get('requestId'), method, path });
    return response;
  });
  app.notFound((context) => {
    const missing = new AppError('not-found', `There is no ${context.req.method} ${context.req.path}.`, {
      hint: 'See /openapi.json for what there is.',
    });
    return problemResponse(context, missing);
  });
  guard(app, access);

  addHealthRoute(app, { version, model: textEncoder.model, catalog });
  addSearchRoute(app, dependencies);
  addListVideosRoute(app, catalog);
  addSessionRoutes(app, access);
  addEvaluationRoutes(app, reportsFolder);
  addPageRoutes(app);
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Videre', version, description: 'Search videos by text, down to the moment.' },
  });
  return app;
}
