import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type CaptionDependencies, captionClip } from '../../app/answers/caption-clip.js';
import { requires } from '../access/requires.js';
import { json, problem } from '../responses.js';

const caption = z
  .object({
    clipId: z.int(),
    text: z.string().openapi({ example: 'A cat chases a dog.' }),
    model: z.string().openapi({ description: 'The language model that wrote it.' }),
    createdAt: z.iso.datetime(),
  })
  .openapi('Caption');

const route = createRoute({
  method: 'post',
  path: '/v1/clips/{id}/caption',
  summary: 'Have a clip described in a sentence, and keep the sentence',
  security: requires('write'),
  request: { params: z.object({ id: z.coerce.number().int().positive() }) },
  responses: {
    200: json('The caption; it takes the place of the one before.', caption),
    404: problem('There is no such clip.'),
    502: problem('The language model refused, or broke off.'),
    503: problem('There is no language model, or it is busy or down.'),
    504: problem('The language model took too long.'),
  },
});

export function addCaptionRoute(app: OpenAPIHono, dependencies: CaptionDependencies) {
  return app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { createdAtMs, ...written } = await captionClip(id, dependencies, context.req.raw.signal);
    return context.json({ ...written, createdAt: new Date(createdAtMs).toISOString() }, 200);
  });
}
