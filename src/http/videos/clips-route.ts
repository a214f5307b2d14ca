import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { MAX_QUERY_LENGTH } from '../../app/search/search-request.js';
import { noSuchVideo } from '../../app/videos/no-such-video.js';
import { scoreClips } from '../../app/videos/score-clips.js';
import type { CatalogReader } from '../../ports/catalog.js';
import type { TextEncoder } from '../../ports/encoders.js';
import { requires } from '../access/requires.js';
import { nextPage, pageQuery } from '../paging.js';
import { json, problem } from '../responses.js';
import { videoParams } from './video-route.js';

const pageSchema = z
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
      .openapi({ description: 'By start; they may overlap.' }),
    ...nextPage,
  })
  .openapi('ClipPage');

const route = createRoute({
  method: 'get',
  path: '/v1/videos/{id}/clips',
  summary: 'The clips of a video, and how well a text fits each',
  security: requires('read'),
  request: {
    params: videoParams,
    query: z.object({ query: z.string().trim().min(1).max(MAX_QUERY_LENGTH).optional(), ...pageQuery }),
  },
  responses: {
    200: json('A page of its clips; none while it is not ready.', pageSchema),
    400: problem('The request is not valid.'),
    404: problem('There is no such video.'),
  },
});

export interface ClipsDependencies {
  catalog: CatalogReader;
  textEncoder: TextEncoder;
}

export function addClipsRoute(app: OpenAPIHono, dependencies: ClipsDependencies) {
  return app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { query, ...page } = context.req.valid('query');
    if ((await dependencies.catalog.getVideo(id)) === undefined) throw noSuchVideo(id);
    const { clips, nextCursor } = await scoreClips(
      dependencies,
      id,
      { query, ...page },
      context.req.raw.signal,
    );
    const asked = query === undefined ? {} : { query };
    const next = nextCursor === undefined ? {} : { nextCursor };
    return context.json({ videoId: id, ...asked, clips, ...next }, 200);
  });
}
