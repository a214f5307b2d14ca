import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ReadinessCheck } from '../../app/operations/check-readiness.js';
import { openToAll } from '../access/requires.js';
import { json } from '../responses.js';

const readiness = z
  .object({
    status: z.enum(['ready', 'not-ready']),
    checks: z.array(
      z.object({
        name: z.enum(['database', 'index', 'encoder', 'disk']),
        ok: z.boolean(),
        detail: z.string().openapi({ example: '20480 MiB free' }),
      }),
    ),
  })
  .openapi('Readiness');

const route = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['Operations'],
  summary: 'Can the service do its work now, and if not, why',
  security: openToAll,
  responses: { 200: json('It can.', readiness), 503: json('It cannot.', readiness) },
});

export function addReadinessRoute(app: OpenAPIHono, checkAll: () => Promise<ReadinessCheck[]>) {
  return app.openapi(route, async (context) => {
    const checks = await checkAll();
    const isReady = checks.every(({ ok }) => ok);
    return isReady
      ? context.json({ status: 'ready' as const, checks }, 200)
      : context.json({ status: 'not-ready' as const, checks }, 503);
  });
}
