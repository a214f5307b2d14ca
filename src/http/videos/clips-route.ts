import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { MAX_QUERY_LENGTH } from '../../app/search/search-request.js';
import { noSuchVideo } from '../../app/videos/delete-video.js';
import { scoreClips } from '../../app/videos/score-clips.js';
import type { Catalog } from '../../ports/catalog.js';
import type { TextEncoder } from '../../ports/encoders.js';
import { requires } from '../access/requires.js';
import { json, problem } from '../responses.js';
import { videoParams } from './video-routes.js';

const clipsSchema = z
  .object({
    videoId: z.string(),
    query: z.string().optional(),
    clips: z
      .array(
        z.object({
          id: z.int(),
          startSeconds: z.number(),
          endSeconds: z.number(),
          score: z.number().optional().openapi({
            description: 'How well the query fits, between -1 and 1; absent without a query.',
          }),
        }),
      )
      .openapi({ description: 'All of them, by start; they may overlap.' }),
  })
  .openapi('ClipList');

const route = createRoute({
  method: 'get',
  path: '/v1/videos/{id}/clips',
  summary: 'The clips of a video, and how well a text fits each',
  security: requires('read'),
  request: {
    params: videoParams,
    query: z.object({ query: z.string().trim().min(1).max(MAX_QUERY_LENGTH).optional() }),
  },
  responses: {
    200: json('Its clips; none while it is not ready.', clipsSchema),
    400: problem('The request is not valid.'),
    404: problem('There is no such video.'),
  },
});

export interface ClipsDependencies {
  catalog: Catalog;
  textEncoder: TextEncoder;
}

export function addClipsRoute(app: OpenAPIHono, dependencies: ClipsDependencies) {
  return app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { query } = context.req.valid('query');
    if ((await dependencies.catalog.getVideo(id)) === undefined) throw noSuchVideo(id);
    const clips = await scoreClips(dependencies, id, query, context.req.raw.signal);
    return context.json({ videoId: id, ...(query === undefined ? {} : { query }), clips }, 200);
  });
}
