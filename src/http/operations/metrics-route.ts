import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Metrics } from '../../ports/metrics.js';
import { requires } from '../access/requires.js';
import { problem } from '../responses.js';

const route = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['Operations'],
  summary: 'Measurements for Prometheus',
  security: requires('read'),
  responses: {
    200: {
      description: "In Prometheus' text format.",
      content: { 'text/plain': { schema: z.string() } },
    },
    401: problem('No key, or none that is good.'),
    403: problem('The key has another scope.'),
  },
});

export function addMetricsRoute(app: OpenAPIHono, metrics: Metrics) {
  return app.openapi(route, async (context) => {
    const { contentType, text } = await metrics.report();
    return context.text(text, 200, { 'content-type': contentType });
  });
}
