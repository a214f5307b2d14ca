import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { noSuchVideo } from '../../app/videos/no-such-video.js';
import type { CatalogReader } from '../../ports/catalog.js';
import { requires } from '../access/requires.js';
import { json, problem } from '../responses.js';
import { videoBody, videoSchema } from './video-schema.js';

export const videoParams = z.object({ id: z.string().min(1).max(100) });

export const etag = z.object({
  ETag: z.string().openapi({ description: 'Changes with the video; for If-Match.' }),
});

const route = createRoute({
  method: 'get',
  path: '/v1/videos/{id}',
  summary: 'One video',
  security: requires('read'),
  request: { params: videoParams },
  responses: {
    200: { ...json('The video.', videoSchema), headers: etag },
    404: problem('There is no such video.'),
  },
});

export function addVideoRoute(app: OpenAPIHono, catalog: CatalogReader) {
  return app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const video = await catalog.getVideo(id);
    if (video === undefined) throw noSuchVideo(id);
    context.header('ETag', revisionTag(video.revision));
    return context.json(videoBody(video), 200);
  });
}

export function revisionTag(revision: number): string {
  return `"${revision}"`;
}
