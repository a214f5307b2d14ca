import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { CatalogReader } from '../../ports/catalog.js';
import { requires } from '../access/requires.js';
import { pageQuery } from '../paging.js';
import { json, problem } from '../responses.js';
import { videoPageBody, videoPageSchema } from './video-schema.js';

const MAX_FILTER_LENGTH = 200;

const seconds = z.coerce.number().min(0).optional();
const instant = z.iso.datetime({ offset: true }).optional();

const listQuery = z.object({
  ...pageQuery,
  title: z.string().min(1).max(MAX_FILTER_LENGTH).optional().openapi({ description: 'Part of the title.' }),
  tag: z.string().min(1).max(MAX_FILTER_LENGTH).optional(),
  status: z.enum(['processing', 'ready', 'failed']).optional(),
  min_duration: seconds.openapi({ description: 'Seconds, included.' }),
  max_duration: seconds.openapi({ description: 'Seconds, included.' }),
  created_from: instant.openapi({ description: 'RFC 3339, included.' }),
  created_before: instant.openapi({ description: 'RFC 3339, not included.' }),
});

const route = createRoute({
  method: 'get',
  path: '/v1/videos',
  summary: 'List the videos of the library',
  security: requires('read'),
  request: { query: listQuery },
  responses: {
    200: json('A page of videos.', videoPageSchema),
    400: problem('The request is not valid.'),
  },
});

export function addListVideosRoute(app: OpenAPIHono, catalog: CatalogReader) {
  return app.openapi(route, async (context) => {
    const { limit, cursor, title, tag, status, ...ranges } = context.req.valid('query');
    const page = await catalog.listVideos(limit, cursor, {
      titleContains: title,
      tag,
      status,
      minDurationSeconds: ranges.min_duration,
      maxDurationSeconds: ranges.max_duration,
      createdFromMs: toMs(ranges.created_from),
      createdBeforeMs: toMs(ranges.created_before),
    });
    return context.json(videoPageBody(page), 200);
  });
}

function toMs(instant: string | undefined): number | undefined {
  return instant === undefined ? undefined : Date.parse(instant);
}
