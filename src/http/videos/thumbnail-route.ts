import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { noSuchVideo } from '../../app/videos/no-such-video.js';
import { AppError } from '../../domain/errors.js';
import type { CatalogReader } from '../../ports/catalog.js';
import type { VideoPictures } from '../../ports/video-pictures.js';
import { requires } from '../access/requires.js';
import { problem } from '../responses.js';
import { videoParams } from './video-route.js';

const DEFAULT_WIDTH = 320;
const MAX_WIDTH = 1920;
/** A picture of a moment never changes. */
const MAX_AGE_SECONDS = 24 * 3600;

const route = createRoute({
  method: 'get',
  path: '/v1/videos/{id}/thumbnail',
  summary: 'A picture of a video at a time',
  security: requires('read'),
  request: {
    params: videoParams,
    query: z.object({
      at: z.coerce.number().min(0).optional().openapi({
        description:
          'Seconds on the clock of a player; by default the middle. Beyond the end it is the last frame.',
      }),
      width: z.coerce.number().int().min(16).max(MAX_WIDTH).default(DEFAULT_WIDTH).openapi({
        description: 'Pixels; the aspect ratio is kept.',
      }),
    }),
  },
  responses: {
    200: {
      description: 'A JPEG.',
      content: { 'image/jpeg': { schema: { type: 'string', format: 'binary' } } },
    },
    400: problem('The request is not valid.'),
    404: problem('There is no such video, or its file is gone.'),
    409: problem('The video is not ready.'),
    503: problem('Too many thumbnails are being made.'),
  },
});

export interface ThumbnailDependencies {
  catalog: CatalogReader;
  thumbnails: VideoPictures;
}

export function addThumbnailRoute(app: OpenAPIHono, { catalog, thumbnails }: ThumbnailDependencies) {
  return app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { at, width } = context.req.valid('query');
    const video = await catalog.getVideo(id);
    if (video === undefined) throw noSuchVideo(id);
    const { durationSeconds } = video;
    if (durationSeconds === null) {
      throw new AppError('conflict', `The video is ${video.status}: nothing is known of its pictures.`, {
        hint: 'Ask again when it is ready.',
      });
    }
    const atSeconds = Math.min(at ?? durationSeconds / 2, durationSeconds);
    const picture = await thumbnails.picture(video, atSeconds, width);
    context.header('Content-Type', 'image/jpeg');
    context.header('Cache-Control', `private, max-age=${MAX_AGE_SECONDS}, immutable`);
    return context.body(picture, 200);
  });
}
