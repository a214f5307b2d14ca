import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Catalog } from '../ports/catalog.js';
import type { ModelInfo } from '../ports/encoders.js';
import { openToAll } from './access/requires.js';
import { json } from './responses.js';

const health = z
  .object({
    status: z.literal('ok'),
    version: z.string(),
    model: z.object({
      name: z.string(),
      fingerprint: z.string(),
      kernel: z.string().openapi({ description: 'The scan that runs: avx512, avx2, scalar or typescript.' }),
    }),
    library: z.object({ videos: z.int(), clips: z.int() }),
  })
  .openapi('Health');

const route = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Is the service up, and what does it run on',
  security: openToAll,
  responses: { 200: json('It is up.', health) },
});

export interface HealthDependencies {
  version: string;
  model: ModelInfo;
  catalog: Catalog;
}

export function addHealthRoute(app: OpenAPIHono, { version, model, catalog }: HealthDependencies) {
  return app.openapi(route, async (context) => {
    const { name, fingerprint, kernel } = model;
    const library = await catalog.size();
    return context.json(
      { status: 'ok' as const, version, model: { name, fingerprint, kernel }, library },
      200,
    );
  });
}
