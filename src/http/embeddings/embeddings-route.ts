import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type EmbedDependencies, type Embeddings, embed } from '../../app/embeddings/embed.js';
import { MAX_QUERY_LENGTH } from '../../app/search/search-request.js';
import { AppError } from '../../domain/errors.js';
import type { ModelInfo } from '../../ports/encoders.js';
import { requires } from '../access/requires.js';
import { base64Schema } from '../base64-schema.js';
import { isForm } from '../form-type.js';
import { jsonOrForm } from '../json-or-form.js';
import { picturesInJson } from '../limits/limit-body.js';
import { RequestError } from '../problem.js';
import { type Form, type FormDependencies, requestField, withForm } from '../read-form.js';
import { json, problem } from '../responses.js';

const MAX_TEXTS = 256;
const MAX_PICTURES = 64;
const MAX_FRAMES = 256;
const FILES = { video: { maxFiles: 4, maxBytes: 256 * 1024 * 1024 } };

const requestSchema = z
  .strictObject({
    texts: z.array(z.string().trim().min(1).max(MAX_QUERY_LENGTH)).max(MAX_TEXTS).default([]),
    images: z.array(base64Schema).max(MAX_PICTURES).default([]).openapi({
      description: 'Pictures as base64; each is looked at as a clip that stands still.',
    }),
    clips: z
      .array(z.strictObject({ frames: z.array(base64Schema).min(1).max(MAX_FRAMES) }))
      .max(MAX_PICTURES)
      .default([])
      .openapi({ description: 'Clips as pictures of their frames, in order and of one size.' }),
    encoding: z.enum(['float', 'base64']).default('float').openapi({
      description: '`float`: numbers. `base64`: little-endian float32.',
    }),
  })
  .openapi('EmbeddingsRequest');

type EmbeddingsBody = z.infer<typeof requestSchema>;

const vectorSchema = z
  .union([z.array(z.number()), z.string()])
  .openapi({ description: 'Numbers, or base64 of little-endian float32. Compare by inner product.' });

const responseSchema = z
  .object({
    model: z.object({ name: z.string(), fingerprint: z.string(), dimension: z.int() }),
    texts: z.array(vectorSchema).openapi({ description: 'In the order asked for, as the others.' }),
    images: z.array(vectorSchema),
    clips: z.array(vectorSchema),
    videos: z
      .array(z.array(z.object({ startSeconds: z.number(), endSeconds: z.number(), vector: vectorSchema })))
      .openapi({ description: 'The clips of each video, by start, cut as an ingest would cut them.' }),
  })
  .openapi('Embeddings');

/** Described by hand: a schema of ours would have the body read into memory. */
const formSchema = {
  type: 'object' as const,
  properties: {
    request: { type: 'string' as const, description: 'An EmbeddingsRequest as JSON; may be left out.' },
    video: {
      type: 'array' as const,
      items: { type: 'string' as const, format: 'binary' },
      description: 'Up to four video files; they are not stored.',
    },
  },
};

const route = createRoute({
  method: 'post',
  path: '/v1/embeddings',
  summary: 'The vectors of texts, pictures, clips and videos; nothing is stored',
  description: 'As JSON, or as a form with files `video` and the rest as JSON in the field `request`.',
  security: requires('read'),
  ...picturesInJson,
  request: {
    body: { content: jsonOrForm(requestSchema, formSchema) },
  },
  responses: {
    200: json('The vectors, with the fingerprint of the model that made them.', responseSchema),
    400: problem('The request is not valid.'),
    413: problem('The body is too large.'),
    415: problem('The body is of another type, or a file in it cannot be read.'),
    422: problem('A file in it is damaged or beyond the limits.'),
    507: problem('The disk of the server is full.'),
  },
});

export function addEmbeddingsRoute(app: OpenAPIHono, dependencies: EmbedDependencies & FormDependencies) {
  return app.openapi(route, async (context) => {
    const { signal } = context.req.raw;
    const answer = async (
      { texts = [], images = [], clips = [], encoding }: EmbeddingsBody,
      videos: string[] = [],
    ) => {
      if (texts.length + images.length + clips.length + videos.length === 0) throw nothingToEncode();
      const embeddings = await embed(dependencies, {
        texts,
        images: images.map(bytesOf),
        clips: clips.map(({ frames }) => frames.map(bytesOf)),
        videos,
        signal,
      });
      return context.json(responseBody(dependencies.textEncoder.model, embeddings, encoding), 200);
    };
    if (!isForm(context)) {
      return answer(context.req.valid('json'));
    }
    return withForm(context.req.raw, dependencies, FILES, async (form) =>
      answer(formBody(form), form.files.get('video')),
    );
  });
}

function responseBody(
  { name, fingerprint, dimension }: ModelInfo,
  { texts, images, clips, videos }: Embeddings,
  encoding: EmbeddingsBody['encoding'],
) {
  const written = (vector: Float32Array) => (encoding === 'base64' ? toBase64(vector) : Array.from(vector));
  return {
    model: { name, fingerprint, dimension },
    texts: texts.map(written),
    images: images.map(written),
    clips: clips.map(written),
    videos: videos.map((each) => each.map(({ vector, ...range }) => ({ ...range, vector: written(vector) }))),
  };
}

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, position) => {
    bytes.writeFloatLE(value, position * 4);
  });
  return bytes.toString('base64');
}

/** @throws RequestError, AppError `invalid-input`. */
function formBody({ fields }: Form): EmbeddingsBody {
  const parsed = requestSchema.safeParse(requestField(fields));
  if (parsed.success) return parsed.data;
  throw new RequestError('form.request', parsed.error);
}

function nothingToEncode(): AppError {
  return new AppError('invalid-input', 'There is nothing to encode.', {
    hint: 'Give one or more of: texts, images, clips; or a form with files in the field "video".',
  });
}
