import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { IMPORT_JOB } from '../../app/archive/import-job.js';
import { BACKUP_JOB } from '../../app/backup/backup-job.js';
import { REEMBED_JOB, REMOVE_VECTORS_JOB } from '../../app/models/reembed-job.js';
import { AppError } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { JobQueue } from '../../ports/job-queue.js';
import { assertScope } from '../access/authorize.js';
import { requires } from '../access/requires.js';
import { nextPage, pageQuery } from '../paging.js';
import { json, problem } from '../responses.js';
import { jobBody, jobSchema, jobStateSchema } from './job-schema.js';

export const jobParams = z.object({ id: z.string().min(1).max(100) });

const listQuery = z.object({
  ...pageQuery,
  state: jobStateSchema.optional(),
  kind: z.string().max(100).optional(),
  video: z.string().max(100).optional().openapi({ description: 'Id of the video the jobs are about.' }),
});

const pageSchema = z
  .object({
    jobs: z.array(jobSchema).openapi({ description: 'Newest first.' }),
    ...nextPage,
  })
  .openapi('JobPage');

const listRoute = createRoute({
  method: 'get',
  path: '/v1/jobs',
  summary: 'List the jobs',
  security: requires('read'),
  request: { query: listQuery },
  responses: { 200: json('A page of jobs.', pageSchema), 400: problem('The request is not valid.') },
});

const getRoute = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}',
  summary: 'One job',
  security: requires('read'),
  request: { params: jobParams },
  responses: { 200: json('The job.', jobSchema), 404: problem('There is no such job.') },
});

const cancelRoute = createRoute({
  method: 'post',
  path: '/v1/jobs/{id}/cancel',
  summary: 'Cancel a job',
  description:
    'One that waits is cancelled at once; one that runs stops soon. One that has ended stays as it is. A job that only `admin` may begin takes `admin`.',
  security: requires('write'),
  request: { params: jobParams },
  responses: { 200: json('The job as it is now.', jobSchema), 404: problem('There is no such job.') },
});

const retryRoute = createRoute({
  method: 'post',
  path: '/v1/jobs/{id}/retry',
  summary: 'Try a job again that ended without success',
  description: 'A job that only `admin` may begin takes `admin`.',
  security: requires('write'),
  request: { params: jobParams },
  responses: {
    200: json('The job as it is now.', jobSchema),
    404: problem('There is no such job.'),
    409: problem('It has not ended, or has succeeded.'),
  },
});

export function addJobRoutes(app: OpenAPIHono, jobs: JobQueue) {
  return app
    .openapi(listRoute, async (context) => {
      const { limit, cursor, state, kind, video } = context.req.valid('query');
      const { jobs: found, nextCursor } = await jobs.list(limit, cursor, { state, kind, videoId: video });
      return context.json(
        { jobs: found.map(jobBody), ...(nextCursor === undefined ? {} : { nextCursor }) },
        200,
      );
    })
    .openapi(getRoute, async (context) => {
      const { id } = context.req.valid('param');
      return context.json(jobBody(existing(await jobs.get(id), id)), 200);
    })
    .openapi(cancelRoute, async (context) => {
      const { id } = context.req.valid('param');
      assertMayControl(context, existing(await jobs.get(id), id));
      return context.json(jobBody(existing(await jobs.cancel(id), id)), 200);
    })
    .openapi(retryRoute, async (context) => {
      const { id } = context.req.valid('param');
      assertMayControl(context, existing(await jobs.get(id), id));
      return context.json(jobBody(existing(await jobs.retry(id), id)), 200);
    });
}

const ADMIN_JOBS: readonly string[] = [BACKUP_JOB, IMPORT_JOB, REEMBED_JOB, REMOVE_VECTORS_JOB];

/** What only `admin` may begin, only `admin` may stop and begin again. @throws AppError `forbidden`. */
function assertMayControl(context: Context, { kind }: Job): void {
  if (ADMIN_JOBS.includes(kind)) assertScope(context, 'admin');
}

/** @throws AppError `not-found`. */
export function existing(job: Job | undefined, id: string): Job {
  if (job !== undefined) return job;
  throw new AppError('not-found', `There is no job ${JSON.stringify(id)}.`, {
    hint: 'The jobs of a video go with it. GET /v1/jobs lists those there are.',
  });
}
