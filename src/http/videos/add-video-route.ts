import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { acceptUpload, assertRoomInQueue } from '../../app/videos/accept-upload.js';
import { type GivenDescription, newIngestJob } from '../../app/videos/ingest-request.js';
import { assertUrlsAllowed, type IntakeRules, resolveInsideRoots } from '../../app/videos/intake-rules.js';
import { AppError } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { Video } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { JobQueue } from '../../ports/job-queue.js';
import type { OutboundHttp } from '../../ports/outbound-http.js';
import { requires } from '../access/requires.js';
import { isForm } from '../form-type.js';
import { jobBody, jobSchema } from '../jobs/job-schema.js';
import { jsonOrForm } from '../json-or-form.js';
import { json, problem } from '../responses.js';
import { descriptionShape, readFormFields } from './description-schema.js';
import { readUpload } from './read-upload.js';
import { videoBody, videoSchema } from './video-schema.js';

const sourceSchema = z
  .strictObject({
    path: z.string().min(1).max(4096).optional().openapi({
      description: 'A file on the server, in one of the folders it allows; it is left where it is.',
    }),
    url: z.url().max(4096).optional().openapi({ description: 'Where the server allows it.' }),
    ...descriptionShape,
  })
  .refine(({ path, url }) => (path === undefined) !== (url === undefined), {
    message: 'Give either a path or a url.',
  })
  .openapi('VideoSource');

const text = { type: 'string' as const };
const formSchema = {
  type: 'object' as const,
  required: ['file'],
  properties: {
    file: { ...text, format: 'binary' },
    title: text,
    description: text,
    tags: { type: 'array' as const, items: text },
    metadata: { ...text, description: 'A JSON object.' },
  },
};

const acceptedSchema = z
  .object({
    video: videoSchema.nullable().openapi({ description: 'Null until the job knows it.' }),
    job: jobSchema.nullable().openapi({ description: 'Null for a video that was ingested on the server.' }),
  })
  .openapi('AcceptedVideo');

const location = z.object({ Location: z.string() });

const route = createRoute({
  method: 'post',
  path: '/v1/videos',
  summary: 'Take a video into the library: an upload, a file on the server, or an address',
  description: 'The same content is the same video, whatever it is called.',
  security: requires('write'),
  request: {
    headers: z.object({
      'idempotency-key': z.string().min(1).max(255).optional().openapi({
        description: 'The same request under the same key is answered with the same job.',
      }),
    }),
    body: { content: jsonOrForm(sourceSchema, formSchema) },
  },
  responses: {
    200: { ...json('The content is in the library already.', acceptedSchema), headers: location },
    202: { ...json('A job makes it ready.', acceptedSchema), headers: location },
    400: problem('The request is not valid.'),
    403: problem('The path or address may not be named.'),
    404: problem('There is no such file on the server.'),
    409: problem('The idempotency key was used for another request.'),
    413: problem('The file is too large.'),
    415: problem('The body is of another type.'),
    503: problem('Too many jobs wait.'),
    507: problem('The disk of the server is full.'),
  },
});

export interface AddVideoDependencies {
  catalog: Catalog;
  jobs: JobQueue;
  blobs: BlobStore;
  intake: IntakeRules;
  /** What the addresses that clients name are called with. */
  downloads: OutboundHttp;
}

export function addAddVideoRoute(app: OpenAPIHono, dependencies: AddVideoDependencies) {
  const { catalog, jobs } = dependencies;
  return app.openapi(route, async (context) => {
    await assertRoomInQueue(jobs);
    const key = context.req.valid('header')['idempotency-key'];
    const { video, job } = isForm(context)
      ? await takeUpload(context.req.raw, dependencies, key)
      : await takeSource(context.req.valid('json'), dependencies, key);

    const isReady = video?.status === 'ready';
    const listed = video && (await catalog.getVideo(video.id));
    const body = { video: listed ? videoBody(listed) : null, job: job ? jobBody(job) : null };
    context.header(
      'Location',
      isReady || job === undefined ? `/v1/videos/${video?.id}` : `/v1/jobs/${job.id}`,
    );
    return context.json(body, isReady ? 200 : 202);
  });
}

interface Taken {
  video: Video | undefined;
  job: Job | undefined;
}

async function takeUpload(
  request: Request,
  { catalog, blobs, intake }: AddVideoDependencies,
  key: string | undefined,
): Promise<Taken> {
  const { file, fields } = await readUpload(request, blobs, intake.maxUploadBytes);
  let given: GivenDescription;
  try {
    given = readFormFields(fields);
  } catch (error) {
    await blobs.delete(file.blobKey);
    throw error;
  }
  return acceptUpload({ catalog, blobs }, file, given, key);
}

async function takeSource(
  { path, url, ...given }: z.infer<typeof sourceSchema>,
  { jobs, intake, downloads }: AddVideoDependencies,
  key: string | undefined,
): Promise<Taken> {
  if (path !== undefined) {
    const real = await resolveInsideRoots(path, intake);
    return { video: undefined, job: await jobs.enqueue(newIngestJob({ path: real }, given, real, key)) };
  }
  if (url === undefined) throw new AppError('invalid-input', 'Give either a path or a url.');
  assertUrlsAllowed(intake);
  downloads.assertCallable(url);
  return { video: undefined, job: await jobs.enqueue(newIngestJob({ url }, given, url, key)) };
}
