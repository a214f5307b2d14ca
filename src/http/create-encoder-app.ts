import type { OpenAPIHono } from '@hono/zod-openapi';
import type { EmbedDependencies } from '../app/embeddings/embed.js';
import type { ModelShelf } from '../app/models/model-shelf.js';
import { checkEncoder } from '../app/operations/check-readiness.js';
import { addDocumentRoutes } from './docs/add-document-routes.js';
import { addEmbeddingsRoute } from './embeddings/embeddings-route.js';
import { type GuardedAppOptions, guardedApp } from './guarded-app.js';
import { addModelRoutes } from './models/model-routes.js';
import { addHealthRoute } from './operations/health-route.js';
import { addMetricsRoute } from './operations/metrics-route.js';
import { addReadinessRoute } from './operations/readiness-route.js';
import { type FormDependencies, newFormRoom } from './read-form.js';

export interface EncoderHttpDependencies
  extends GuardedAppOptions,
    EmbedDependencies,
    Pick<FormDependencies, 'blobs'> {
  version: string;
  models: ModelShelf;
}

/** The part of the HTTP API that encodes: for services that have a library and no models. */
export function createEncoderApp(dependencies: EncoderHttpDependencies): OpenAPIHono {
  const { version, textEncoder, models, metrics } = dependencies;
  const { app } = guardedApp(dependencies);
  addHealthRoute(app, { version, model: textEncoder.model });
  addReadinessRoute(app, async () => [await checkEncoder(textEncoder)]);
  addMetricsRoute(app, metrics);
  addEmbeddingsRoute(app, { ...dependencies, formRoom: newFormRoom() });
  addModelRoutes(app, models);
  addDocumentRoutes(app, version);
  return app;
}
