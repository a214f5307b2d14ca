import { z } from '@hono/zod-openapi';
import type { Job } from '../../domain/job.js';
import { jsonObject } from '../videos/video-schema.js';

export const jobStateSchema = z
  .enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'poisoned'])
  .openapi({
    description: '`failed`: trying again would not help; `poisoned`: it was tried as often as is allowed.',
  });

export const jobSchema = z
  .object({
    id: z.string(),
    kind: z.string().openapi({ example: 'ingest' }),
    state: jobStateSchema,
    videoId: z.string().nullable().openapi({ description: 'Null until it is known.' }),
    attempts: z.int(),
    cancelRequested: z.boolean(),
    stage: z.string().nullable().openapi({ example: 'encoding' }),
    percent: z.number().openapi({ description: 'Share of the whole job that is done, 0 to 100.' }),
    etaSeconds: z.number().nullable().openapi({ description: 'Null while nobody can tell.' }),
    result: jsonObject.nullable(),
    failure: z
      .object({ code: z.string(), detail: z.string(), hint: z.string().nullable() })
      .nullable()
      .openapi({ description: 'Why the last attempt did not succeed.' }),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .openapi('Job');

export type JobBody = z.infer<typeof jobSchema>;

/** A job as the API tells it. */
export function jobBody(job: Job): JobBody {
  const { payload: _, createdAtMs, startedAtMs, finishedAtMs, failure, ...rest } = job;
  return {
    ...rest,
    failure: failure && { code: failure.code, detail: failure.detail, hint: failure.hint },
    createdAt: toInstant(createdAtMs),
    startedAt: startedAtMs === null ? null : toInstant(startedAtMs),
    finishedAt: finishedAtMs === null ? null : toInstant(finishedAtMs),
  };
}

function toInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
