import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ModelShelf, ShelvedModel } from '../../app/models/model-shelf.js';
import { newReembedJob } from '../../app/models/reembed-job.js';
import { AppError } from '../../domain/errors.js';
import type { JobQueue } from '../../ports/job-queue.js';
import { requires } from '../access/requires.js';
import { jobBody, jobSchema } from '../jobs/job-schema.js';
import { json, problem } from '../responses.js';
import { modelBody, modelSchema } from './model-schema.js';

const modelParams = z.object({ id: z.string().min(1).max(200) });

const listRoute = createRoute({
  method: 'get',
  path: '/v1/models',
  tags: ['Models'],
  summary: 'List the models on the server',
  security: requires('read'),
  responses: { 200: json('Ordered by id.', z.object({ models: z.array(modelSchema) }).openapi('ModelList')) },
});

const describedModel = modelSchema
  .extend({
    fingerprint: z.string().openapi({ description: 'Models of equal fingerprints make equal vectors.' }),
    engine: z.string().nullable().openapi({
      description:
        'What computes the active model: the scan kernel of the processor, or the GPU. Null for others.',
    }),
  })
  .openapi('DescribedModel');

const describeRoute = createRoute({
  method: 'get',
  path: '/v1/models/{id}',
  tags: ['Models'],
  summary: 'Describe a model',
  description:
    'All of its weights are read and checked for the fingerprint, which takes a moment for a large one.',
  security: requires('read'),
  request: { params: modelParams },
  responses: {
    200: json('The model.', describedModel),
    404: problem('There is no such model.'),
    422: problem('It is damaged.'),
  },
});

const activateRoute = createRoute({
  method: 'post',
  path: '/v1/models/{id}/activate',
  tags: ['Models'],
  summary: 'Bring the library to another model',
  description:
    'A job encodes every video with it into a second index, while searches go on with the first; then the library is ' +
    'switched over at once. What is encoded outlasts a cancelled job: the next one goes on from there.',
  security: requires('admin'),
  request: {
    params: modelParams,
    body: {
      required: false,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              skipUnreadable: z.boolean().default(false).openapi({
                description: 'Go on without videos whose files are gone or damaged; they are `failed` then.',
              }),
            })
            .openapi('ActivateRequest'),
        },
      },
    },
  },
  responses: {
    202: json('The job that does it.', jobSchema),
    404: problem('There is no such model.'),
    409: problem('It is the active one, or such a job is under way.'),
    422: problem('It cannot be used.'),
  },
});

const captionsRoute = createRoute({
  method: 'get',
  path: '/v1/models/{id}/captions',
  tags: ['Models'],
  summary: 'Captions to measure a model by',
  description:
    'What other texts are measured by: how near to a clip is nearer than what has nothing to do with it. Everyday ' +
    'sentences where the bundle brings none.',
  security: requires('read'),
  request: { params: modelParams },
  responses: {
    200: json('In no order.', z.object({ captions: z.array(z.string()) }).openapi('ModelCaptions')),
    404: problem('There is no such model.'),
  },
});

/** What is to be known of the models. */
export function addModelRoutes(app: OpenAPIHono, models: ModelShelf) {
  return app
    .openapi(listRoute, async (context) =>
      context.json({ models: (await models.list()).map(modelBody) }, 200),
    )
    .openapi(describeRoute, async (context) => {
      const model = await models.find(context.req.valid('param').id);
      const fingerprint = await models.fingerprint(model);
      const engine = model.isActive ? models.active.kernel : null;
      return context.json({ ...modelBody(model), fingerprint, engine }, 200);
    })
    .openapi(captionsRoute, async (context) => {
      const model = await models.find(context.req.valid('param').id);
      return context.json({ captions: [...(await models.captions(model))] }, 200);
    });
}

export function addActivateRoute(app: OpenAPIHono, { models, jobs }: { models: ModelShelf; jobs: JobQueue }) {
  return app.openapi(activateRoute, async (context) => {
    const { skipUnreadable = false } = context.req.valid('json') ?? {};
    const model = await models.find(context.req.valid('param').id);
    assertEncodesHere(models);
    assertUsable(model);
    // Reads all of it: better refused now than by a job.
    await models.fingerprint(model);
    const job = await jobs.enqueue(newReembedJob({ bundleFolder: model.folder, skipUnreadable }));
    return context.json(jobBody(job), 202);
  });
}

function assertEncodesHere({ active }: ModelShelf): void {
  if (active.bundleFolder !== undefined) return;
  throw new AppError('conflict', 'This service encodes elsewhere, with the model its encoders have.', {
    hint: 'Bring the library to another model with "videre models use" beside its database; then start the encoders with it.',
  });
}

function assertUsable({ id, isActive, model }: ShelvedModel): void {
  if (isActive) throw new AppError('conflict', `The library is of ${id} already.`);
  if (model instanceof AppError) throw model;
  if (model.kind === 'retrieval') return;
  throw new AppError('invalid-model', `${id} tells classes apart; a library needs a model for retrieval.`);
}
