import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import type { SearchDependencies } from '../app/search-clips.js';
import { AppError } from '../domain/errors.js';
import { addHealthRoute } from './health-route.js';
import { problemResponse, RequestError, toProblem } from './problem.js';
import { addSearchRoute } from './search-route.js';
import { addListVideosRoute } from './videos/list-videos-route.js';

export interface HttpDependencies extends SearchDependencies {
  version: string;
  /** Hears of faults inside Videre; what the client did wrong is told to the client. */
  logFault: (fault: unknown, request: string) => void;
}

/** A search request is a few hundred bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * The HTTP API; `app.request()` or a server runs it.
 *
 * A route declares beside itself who may call it (`security: requires('read')` in its `createRoute`), and its `add...`
 * function returns what `app.openapi(...)` returns, chained where there are several: the typed client is made of that.
 */
export function createApp(dependencies: HttpDependencies): OpenAPIHono {
  const { version, catalog, textEncoder, logFault } = dependencies;
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw new RequestError(result.target, result.error);
    },
  });

  app.onError((thrown, context) => {
    const problem = toProblem(thrown);
    if (problem.status >= 500) logFault(thrown, `${context.req.method} ${context.req.path}`);
    return problemResponse(problem);
  });
  app.notFound((context) => {
    const missing = new AppError('not-found', `There is no ${context.req.method} ${context.req.path}.`, {
      hint: 'See /openapi.json for what there is.',
    });
    return problemResponse(toProblem(missing));
  });
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new AppError('payload-too-large', `A request body has at most ${MAX_BODY_BYTES} bytes.`);
      },
    }),
  );

  addHealthRoute(app, { version, model: textEncoder.model, catalog });
  addSearchRoute(app, dependencies);
  addListVideosRoute(app, catalog);
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Videre', version, description: 'Search videos by text, down to the moment.' },
  });
  return app;
}
