import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type DeleteDependencies, deleteVideo } from '../../app/videos/delete-video.js';
import { noSuchVideo } from '../../app/videos/no-such-video.js';
import { AppError } from '../../domain/errors.js';
import { requires } from '../access/requires.js';
import { json, problem } from '../responses.js';
import { patchedMetadata, patchSchema } from './description-schema.js';
import { etag, revisionTag, videoParams } from './video-route.js';
import { videoBody, videoSchema } from './video-schema.js';

const patchRoute = createRoute({
  method: 'patch',
  path: '/v1/videos/{id}',
  summary: 'Change what is said of a video',
  description:
    'Members that are left out stay as they are. `tags` takes the place of all tags. `metadata` is merged as RFC 7396 says: a member that is null goes, an object is merged, anything else takes the place of what was there.',
  security: requires('write'),
  request: {
    params: videoParams,
    headers: z.object({
      'if-match': z.string().optional().openapi({
        description: 'The ETag the video had: nothing is changed when it has another by now.',
      }),
    }),
    body: { required: true, content: { 'application/json': { schema: patchSchema } } },
  },
  responses: {
    200: { ...json('The video as it is now.', videoSchema), headers: etag },
    400: problem('The request is not valid.'),
    404: problem('There is no such video.'),
    412: problem('It was changed meanwhile.'),
  },
});

const deleteRoute = createRoute({
  method: 'delete',
  path: '/v1/videos/{id}',
  summary: 'Delete a video and everything made of it',
  description:
    'Rows, vectors, index entries, thumbnails and the stored copy go, and its jobs. A file that was left where it is on the server stays there.',
  security: requires('write'),
  request: { params: videoParams },
  responses: { 204: { description: 'It is gone.' }, 404: problem('There is no such video.') },
});

export function addVideoRoutes(app: OpenAPIHono, dependencies: DeleteDependencies) {
  const { catalog } = dependencies;
  return app
    .openapi(patchRoute, async (context) => {
      const { id } = context.req.valid('param');
      const ifMatch = context.req.valid('header')['if-match'];
      const { metadata: patch, ...changes } = context.req.valid('json');
      const video = await catalog.getVideo(id);
      if (video === undefined) throw noSuchVideo(id);
      // A patch of the metadata is merged into what was read, so it holds only as long as that is what is stored.
      const expected = ifMatch === undefined || ifMatch === '*' ? undefined : revisionOf(ifMatch);
      const changed = await catalog.updateVideo(
        id,
        patch === undefined ? changes : { ...changes, metadata: patchedMetadata(video.metadata, patch) },
        expected ?? (patch === undefined ? undefined : video.revision),
      );
      if (changed === undefined) throw noSuchVideo(id);
      context.header('ETag', revisionTag(changed.revision));
      return context.json(videoBody(changed), 200);
    })
    .openapi(deleteRoute, async (context) => {
      await deleteVideo(dependencies, context.req.valid('param').id);
      return context.body(null, 204);
    });
}

/** @throws AppError `precondition-failed` for a tag that is none of ours. */
function revisionOf(tag: string): number {
  const revision = /^"(\d{1,15})"$/.exec(tag)?.[1];
  if (revision !== undefined) return Number(revision);
  throw new AppError('precondition-failed', `The video has not the ETag ${JSON.stringify(tag)}.`, {
    hint: 'Send the ETag of the response that told you the video, quotes included.',
  });
}
