import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AskParts } from '../app/answers/ask-library.js';
import type { SearchDependencies } from '../app/search/search-library.js';
import { AppError } from '../domain/errors.js';
import type { Metrics } from '../ports/metrics.js';
import { addSessionRoutes } from './access/session-route.js';
import { addAskRoutes } from './ask/ask-routes.js';
import { addCaptionRoute } from './ask/caption-route.js';
import { addDocumentRoutes } from './docs/add-document-routes.js';
import { addEvaluationRoutes } from './evaluations-route.js';
import { type AccessOptions, guard } from './guard.js';
import { addHealthRoute } from './operations/health-route.js';
import { addMetricsRoute } from './operations/metrics-route.js';
import { addReadinessRoute } from './operations/readiness-route.js';
import { problemResponse, RequestError } from './problem.js';
import { addSearchRoute } from './search-route.js';
import { addListVideosRoute } from './videos/list-videos-route.js';
import { addPageRoutes } from './web/add-page-routes.js';

export interface HttpDependencies extends SearchDependencies {
  version: string;
  access: AccessOptions;
  metrics: Metrics;
  answers: AskParts;
  /** Of the disk that holds the library. */
  freeBytes: () => Promise<number>;
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
  const { version, catalog, textEncoder, access, metrics, answers, reportsFolder, logFault } = dependencies;
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw new RequestError(result.target, result.error);
    },
  });

  const tellFault = (fault: unknown, context: Context): void => {
    const { method, path } = context.req;
    logFault(fault, { id: context.get('requestId'), method, path });
  };
  app.onError((thrown, context) => {
    const response = problemResponse(context, thrown);
    if (response.status >= 500) tellFault(thrown, context);
    return response;
  });
  app.notFound((context) => {
    const missing = new AppError('not-found', `There is no ${context.req.method} ${context.req.path}.`, {
      hint: 'See /openapi.json for what there is.',
    });
    return problemResponse(context, missing);
  });
  guard(app, access, metrics);

  addHealthRoute(app, { version, model: textEncoder.model });
  addReadinessRoute(app, dependencies);
  addMetricsRoute(app, metrics);
  addSearchRoute(app, dependencies);
  addAskRoutes(app, { ...dependencies, ...answers }, tellFault);
  addCaptionRoute(app, { ...dependencies, ...answers });
  addListVideosRoute(app, catalog);
  addSessionRoutes(app, access);
  addEvaluationRoutes(app, reportsFolder);
  addPageRoutes(app);
  addDocumentRoutes(app, version);
  return app;
}
