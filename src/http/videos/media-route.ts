import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { noSuchVideo } from '../../app/videos/no-such-video.js';
import type { OpenVideoFile } from '../../app/videos/stored-file.js';
import type { CatalogReader } from '../../ports/catalog.js';
import { requires } from '../access/requires.js';
import { problem } from '../responses.js';
import { contentType, wantedPart } from './media-response.js';
import { videoParams } from './video-route.js';

const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } as const;

const route = createRoute({
  method: 'get',
  path: '/v1/videos/{id}/media',
  summary: 'The file of a video, whole or a range of it',
  description:
    'Range, If-Range, If-None-Match and HEAD as RFC 9110 says; several ranges are answered with the whole.',
  security: requires('read'),
  request: { params: videoParams },
  responses: {
    200: { description: 'The whole file.', content: bytes },
    206: { description: 'The range.', content: bytes },
    304: { description: 'You have it already.' },
    404: problem('There is no such video, or its file is gone.'),
    416: problem('The range is beyond the end.'),
  },
});

export interface MediaDependencies {
  catalog: CatalogReader;
  openFile: OpenVideoFile;
}

export function addMediaRoute(app: OpenAPIHono, { catalog, openFile }: MediaDependencies) {
  return app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const video = await catalog.getVideo(id);
    if (video === undefined) throw noSuchVideo(id);
    const file = await openFile(video);
    const { sizeBytes } = file;
    const etag = `"${video.contentHash}"`;
    context.header('ETag', etag);
    context.header('Accept-Ranges', 'bytes');
    // Content never changes under its hash, but who may see it does.
    context.header('Cache-Control', 'private, no-cache');
    // Replaced by the range, if one is sent.
    context.header('Content-Range', `bytes */${sizeBytes}`);
    const wanted = wantedPart(context.req.raw.headers, sizeBytes, etag);
    context.header('Content-Range', undefined);
    if (wanted.status === 304) return context.body(null, 304);

    const range = wanted.status === 206 ? wanted.range : undefined;
    if (range !== undefined)
      context.header('Content-Range', `bytes ${range.start}-${range.end}/${sizeBytes}`);
    context.header('Content-Length', String(range === undefined ? sizeBytes : range.end - range.start + 1));
    context.header('Content-Type', contentType(video));
    // Hono answers HEAD with what GET answers, without the body: there must be none to be left open.
    const body = context.req.method === 'HEAD' ? null : await file.read(range);
    return body === null ? context.body(null, wanted.status) : context.body(body, wanted.status);
  });
}
