import type { OpenAPIHono } from '@hono/zod-openapi';
import { completeDocument } from './complete-document.js';
import { documentConfig, registerSecuritySchemes } from './openapi-document.js';

/** What this service takes and answers, as a document. */
export function addOpenApiRoute(app: OpenAPIHono, version: string): void {
  registerSecuritySchemes(app);
  app.get('/openapi.json', (context) =>
    context.json(completeDocument(app.getOpenAPI31Document(documentConfig(version)))),
  );
}
