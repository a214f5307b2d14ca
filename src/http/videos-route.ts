import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Catalog } from '../ports/catalog.js';
import { requires } from './access/requires.js';
import { json, problem } from './responses.js';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 500;

const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().optional().openapi({ description: '`nextCursor` of the page before.' }),
});

const video = z
  .object({
    id: z.string(),
    title: z.string(),
    path: z.string().openapi({ description: 'Where the file was when it was ingested.' }),
    contentHash: z.string().openapi({ description: 'Hex SHA-256 of the file.' }),
    sizeBytes: z.int(),
    container: z.string(),
    codec: z.string(),
    width: z.int(),
    height: z.int(),
    durationSeconds: z.number(),
    frameCount: z.int(),
    clipCount: z.int(),
    createdAt: z.iso.datetime(),
  })
  .openapi('Video');

const page = z
  .object({
    videos: z.array(video).openapi({ description: 'Newest first.' }),
    nextCursor: z.string().optional().openapi({ description: 'Absent on the last page.' }),
  })
  .openapi('VideoPage');

const route = createRoute({
  method: 'get',
  path: '/v1/videos',
  summary: 'List the videos of the library',
  security: requires('read'),
  request: { query: pageQuery },
  responses: { 200: json('A page of videos.', page), 400: problem('The request is not valid.') },
});

export function addVideosRoute(app: OpenAPIHono, catalog: Catalog) {
  return app.openapi(route, async (context) => {
    const { limit, cursor } = context.req.valid('query');
    const { videos, nextCursor } = await catalog.listVideos(limit, cursor);
    const listed = videos.map(({ sourcePath, createdAtMs, ...rest }) => ({
      ...rest,
      path: sourcePath,
      createdAt: new Date(createdAtMs).toISOString(),
    }));
    return context.json({ videos: listed, ...(nextCursor === undefined ? {} : { nextCursor }) }, 200);
  });
}
