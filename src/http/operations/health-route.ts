import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ModelInfo } from '../../ports/encoders.js';
import { openToAll } from '../access/requires.js';
import { json } from '../responses.js';

const health = z
  .object({
    status: z.literal('ok'),
    version: z.string(),
    model: z.object({
      name: z.string(),
      fingerprint: z.string(),
      kernel: z.string().openapi({
        description: 'What encodes videos: cuda, or the scan on the CPU: avx512, avx2, scalar or typescript.',
      }),
    }),
  })
  .openapi('Health');

const route = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['Operations'],
  summary: 'Is the service up, and what does it run on',
  description: 'Touches neither disk nor model: it answers as long as the process does.',
  security: openToAll,
  responses: { 200: json('It is up.', health) },
});

export interface HealthDependencies {
  version: string;
  model: ModelInfo;
}

export function addHealthRoute(app: OpenAPIHono, { version, model }: HealthDependencies) {
  const { name, fingerprint, kernel } = model;
  const answer = { status: 'ok' as const, version, model: { name, fingerprint, kernel } };
  return app.openapi(route, (context) => context.json(answer, 200));
}
