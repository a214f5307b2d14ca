import { OpenAPIHono } from '@hono/zod-openapi';
import { problemResponse, RequestError } from '../../src/http/problem.js';

/** An app with nothing but the routes under test, and the errors as the real one tells them. */
export function createTestApp(addRoutes: (app: OpenAPIHono) => unknown): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw new RequestError(result.target, result.error);
    },
  });
  app.onError((thrown, context) => problemResponse(context, thrown));
  addRoutes(app);
  return app;
}
