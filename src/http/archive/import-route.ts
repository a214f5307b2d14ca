import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { assertTakesArchive, newArchiveKey, newImportJob } from '../../app/archive/import-job.js';
import { assertRoomInQueue } from '../../app/videos/accept-upload.js';
import type { IntakeRules } from '../../app/videos/intake-rules.js';
import { mayBeStored } from '../../domain/unknown-outcome.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { JobQueue } from '../../ports/job-queue.js';
import { requires } from '../access/requires.js';
import { FORM } from '../form-type.js';
import { jobBody, jobSchema } from '../jobs/job-schema.js';
import { json, problem } from '../responses.js';
import { readUpload } from '../videos/read-upload.js';

/** As the document has it; a Zod schema would have the whole body read into memory. */
const formSchema = {
  type: 'object' as const,
  properties: { file: { type: 'string' as const, format: 'binary', description: 'The archive.' } },
  required: ['file'],
};

const route = createRoute({
  method: 'post',
  path: '/v1/import',
  tags: ['Library'],
  summary: 'Take in the library in an archive',
  description:
    'An archive as `GET /v1/export` and `videre export` write it. A job verifies all of it first, and then takes in its videos ' +
    'one by one, while the library is in use; videos that it knows stay as they are. When it fails or is cancelled, those ' +
    'that it took in go again.',
  security: requires('admin'),
  request: {
    query: z.object({
      merge: z
        .enum(['true', 'false'])
        .default('false')
        .openapi({ description: 'Whether it may be added to what the library holds.' }),
    }),
    body: { content: { [FORM]: { schema: formSchema } } },
  },
  responses: {
    202: {
      ...json('The job that does it.', jobSchema),
      headers: z.object({ Location: z.string().openapi({ description: 'The job.' }) }),
    },
    400: problem('The body is no form with one file.'),
    409: problem('The library holds something, and it was not asked to merge.'),
    413: problem('The archive is too large.'),
    503: problem('Too many jobs wait.'),
    507: problem('The disk of the server is full.'),
  },
});

export interface ImportRouteDependencies {
  catalog: Catalog;
  jobs: JobQueue;
  blobs: BlobStore;
  intake: IntakeRules;
}

export function addImportRoute(app: OpenAPIHono, dependencies: ImportRouteDependencies) {
  const { catalog, jobs, blobs, intake } = dependencies;
  return app.openapi(route, async (context) => {
    await assertRoomInQueue(jobs);
    await assertTakesArchive(catalog, context.req.valid('query').merge === 'true');
    const { file } = await readUpload(context.req.raw, blobs, intake.maxUploadBytes, newArchiveKey);
    try {
      const job = await jobs.enqueue(newImportJob(file.blobKey));
      context.header('Location', `/v1/jobs/${job.id}`);
      return context.json(jobBody(job), 202);
    } catch (error) {
      if (!mayBeStored(error)) await blobs.delete(file.blobKey);
      throw error;
    }
  });
}
