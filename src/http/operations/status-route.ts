import { availableParallelism } from 'node:os';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type GaugeSources, serviceGauges } from '../../app/operations/service-gauges.js';
import type { ModelInfo } from '../../ports/encoders.js';
import { requires } from '../access/requires.js';
import { json } from '../responses.js';

const count = z.int();

export const statusSchema = z
  .object({
    engine: z.object({
      version: z.string(),
      kernel: z.string().openapi({
        description: 'What encodes videos: cuda, or on the CPU avx512, avx2, scalar, typescript.',
      }),
      note: z.string().optional().openapi({
        description: 'Why the CPU encodes although the CUDA engine is built.',
      }),
      threads: count,
    }),
    model: z.object({
      name: z.string(),
      fingerprint: z.string(),
      dimension: count,
      framesPerClip: count,
    }),
    library: z.object({ videos: count, clips: count }),
    index: z.object({
      clips: count,
      unarranged: count.openapi({ description: 'Compared one by one until the index has arranged them.' }),
      removed: count.openapi({ description: 'Still take up room.' }),
      recallAt10: z.number().min(0).max(1).nullable().openapi({
        description:
          'Share of the ten nearest clips that it finds, measured against comparing with all of them; null before the first measurement, and in an empty library.',
      }),
    }),
    queue: z.object({ waiting: count, running: count }),
    storage: z.object({ freeMebibytes: count }),
  })
  .openapi('Status');

const route = createRoute({
  method: 'get',
  path: '/v1/status',
  tags: ['Operations'],
  summary: 'What the service runs on, and how full it is',
  security: requires('read'),
  responses: { 200: json('As it is now.', statusSchema) },
});

export interface StatusDependencies extends GaugeSources {
  version: string;
  textEncoder: { model: ModelInfo };
  freeBytes: () => Promise<number>;
}

const MEBIBYTE = 1024 * 1024;

export function addStatusRoute(app: OpenAPIHono, dependencies: StatusDependencies) {
  const { version, textEncoder, freeBytes } = dependencies;
  return app.openapi(route, async (context) => {
    const { name, fingerprint, dimension, framesPerClip, kernel, engineNote: note } = textEncoder.model;
    const [gauges, free] = await Promise.all([serviceGauges(dependencies), freeBytes()]);
    return context.json(
      {
        engine: { version, kernel, threads: availableParallelism(), ...(note !== undefined && { note }) },
        model: { name, fingerprint, dimension, framesPerClip },
        library: { videos: gauges.library_videos, clips: gauges.library_clips },
        index: {
          clips: gauges.index_clips,
          unarranged: gauges.index_unarranged_clips,
          removed: gauges.index_dead_clips,
          recallAt10: gauges.index_recall_at_10 ?? null,
        },
        queue: { waiting: gauges.jobs_queued, running: gauges.jobs_running },
        storage: { freeMebibytes: Math.floor(free / MEBIBYTE) },
      },
      200,
    );
  });
}
