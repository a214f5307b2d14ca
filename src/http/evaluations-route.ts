import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { keptReportPage, keptReports } from '../app/evaluation/kept-reports.js';
import { requires } from './access/requires.js';
import { json, problem } from './responses.js';

const recall = z.number().nullable().openapi({ description: 'Percent, of the first row of scores.' });

const runs = z
  .object({
    runs: z
      .array(
        z
          .object({
            name: z.string(),
            dataset: z.string(),
            modelName: z.string().nullable(),
            createdAt: z.iso.datetime(),
            partial: z
              .boolean()
              .openapi({ description: 'Some videos were missing, or left out on purpose.' }),
            texts: z.int(),
            textToVideoRecallAt1: recall,
            videoToTextRecallAt1: recall,
          })
          .openapi('EvaluationRun'),
      )
      .openapi({ description: 'Newest first.' }),
  })
  .openapi('EvaluationRuns');

const listRoute = createRoute({
  method: 'get',
  path: '/v1/evaluations',
  summary: 'List the evaluations kept in the library',
  security: requires('read'),
  responses: { 200: json('All of them.', runs) },
});

const reportRoute = createRoute({
  method: 'get',
  path: '/v1/evaluations/{name}/report.html',
  summary: 'The report of an evaluation as a page',
  security: requires('read'),
  request: { params: z.object({ name: z.string() }) },
  responses: {
    200: { description: 'Tables, plots and failures.', content: { 'text/html': { schema: z.string() } } },
    404: problem('There is no such evaluation.'),
  },
});

/** The report is one document with its styles and pictures inside; whatever else may be in it does nothing. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";

/** @param folder where the library keeps its reports */
export function addEvaluationRoutes(app: OpenAPIHono, folder: string) {
  return app
    .openapi(listRoute, async (context) => context.json({ runs: await keptReports(folder) }, 200))
    .openapi(reportRoute, async (context) => {
      const page = await keptReportPage(folder, context.req.valid('param').name);
      context.header('Content-Security-Policy', REPORT_POLICY);
      context.header('X-Frame-Options', 'SAMEORIGIN');
      return context.html(page, 200);
    });
}
