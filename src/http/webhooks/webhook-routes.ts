import { randomUUID } from 'node:crypto';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { newWebhookSecret } from '../../app/webhooks/sign-message.js';
import { AppError } from '../../domain/errors.js';
import { WEBHOOK_EVENTS, type Webhook, type WebhookDelivery } from '../../domain/webhook.js';
import type { OutboundHttp } from '../../ports/outbound-http.js';
import type { WebhookStore } from '../../ports/webhook-store.js';
import { requires } from '../access/requires.js';
import { nextPage, pageQuery } from '../paging.js';
import { json, problem } from '../responses.js';
import { jsonObject } from '../videos/video-schema.js';

const MAX_WEBHOOKS = 100;

const id = z.string().min(1).max(100);
const eventSchema = z.enum(WEBHOOK_EVENTS);

const webhookSchema = z
  .object({ id: z.string(), url: z.string(), events: z.array(eventSchema), createdAt: z.iso.datetime() })
  .openapi('Webhook');

const newWebhookSchema = z
  .strictObject({
    url: z.url().max(2000),
    events: z.array(eventSchema).min(1).optional().openapi({ description: 'All of them by default.' }),
  })
  .openapi('NewWebhook');

const createdSchema = webhookSchema
  .extend({ secret: z.string().openapi({ description: 'Signs what is sent. It is told only now.' }) })
  .openapi('CreatedWebhook');

const deliverySchema = z
  .object({
    id: z.string().openapi({ description: 'The header `webhook-id`, the same in every attempt.' }),
    event: eventSchema,
    body: jsonObject,
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    responseStatus: z.int().nullable(),
    error: z.string().nullable(),
    createdAt: z.iso.datetime(),
    attemptedAt: z.iso.datetime().nullable(),
  })
  .openapi('WebhookDelivery');

const addRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks',
  summary: 'Be told how jobs end',
  description:
    'Messages are signed as Standard Webhooks says (`webhook-id`, `webhook-timestamp`, `webhook-signature`), and sent again, with growing pauses, until the receiver answers 2xx; so one may come more than once.',
  security: requires('admin'),
  request: { body: { required: true, content: { 'application/json': { schema: newWebhookSchema } } } },
  responses: {
    201: json('It is told from now on.', createdSchema),
    400: problem('The request is not valid.'),
    403: problem('The address is not one that is called.'),
    409: problem('There are too many.'),
  },
});

const listRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks',
  summary: 'List the webhooks',
  security: requires('admin'),
  responses: { 200: json('All of them, newest first.', z.object({ webhooks: z.array(webhookSchema) })) },
});

const removeRoute = createRoute({
  method: 'delete',
  path: '/v1/webhooks/{id}',
  summary: 'Remove a webhook, and what waits to be sent to it',
  security: requires('admin'),
  request: { params: z.object({ id }) },
  responses: { 204: { description: 'It is gone.' }, 404: problem('There is no such webhook.') },
});

const deliveriesRoute = createRoute({
  method: 'get',
  path: '/v1/webhooks/{id}/deliveries',
  summary: 'What a webhook was told, and how that went',
  security: requires('admin'),
  request: {
    params: z.object({ id }),
    query: z.object(pageQuery),
  },
  responses: {
    200: json(
      'A page of messages, newest first.',
      z.object({ deliveries: z.array(deliverySchema), ...nextPage }),
    ),
    400: problem('The request is not valid.'),
  },
});

const replayRoute = createRoute({
  method: 'post',
  path: '/v1/webhooks/{id}/deliveries/{delivery}/replay',
  summary: 'Have a message sent again',
  security: requires('admin'),
  request: { params: z.object({ id, delivery: id }) },
  responses: {
    202: json('It is sent soon.', deliverySchema),
    404: problem('There is no such message.'),
  },
});

export interface WebhookDependencies {
  webhooks: WebhookStore;
  /** What webhooks are called with. */
  webhookHttp: OutboundHttp;
}

export function addWebhookRoutes(app: OpenAPIHono, { webhooks, webhookHttp }: WebhookDependencies) {
  return app
    .openapi(addRoute, async (context) => {
      const { url, events = [...WEBHOOK_EVENTS] } = context.req.valid('json');
      webhookHttp.assertCallable(url);
      if ((await webhooks.list()).length >= MAX_WEBHOOKS) {
        throw new AppError('conflict', `There are ${MAX_WEBHOOKS} webhooks; no more go.`, {
          hint: 'Remove one with DELETE /v1/webhooks/{id}.',
        });
      }
      const webhook = { id: randomUUID(), url, events, createdAtMs: Date.now() };
      const secret = newWebhookSecret();
      await webhooks.add({ ...webhook, secret });
      return context.json({ ...webhookBody(webhook), secret }, 201);
    })
    .openapi(listRoute, async (context) => {
      return context.json({ webhooks: (await webhooks.list()).map(webhookBody) }, 200);
    })
    .openapi(removeRoute, async (context) => {
      const webhookId = context.req.valid('param').id;
      if (!(await webhooks.remove(webhookId))) throw noSuch('webhook', webhookId);
      return context.body(null, 204);
    })
    .openapi(deliveriesRoute, async (context) => {
      const { limit, cursor } = context.req.valid('query');
      const page = await webhooks.deliveries(context.req.valid('param').id, limit, cursor);
      const { deliveries, nextCursor } = page;
      return context.json(
        {
          deliveries: deliveries.map(deliveryBody),
          ...(nextCursor === undefined ? {} : { nextCursor }),
        },
        200,
      );
    })
    .openapi(replayRoute, async (context) => {
      const { id: webhookId, delivery: deliveryId } = context.req.valid('param');
      const delivery = await webhooks.replay(webhookId, deliveryId);
      if (delivery === undefined) throw noSuch('message', deliveryId);
      return context.json(deliveryBody(delivery), 202);
    });
}

function webhookBody({ createdAtMs, ...webhook }: Webhook): z.infer<typeof webhookSchema> {
  return { ...webhook, createdAt: new Date(createdAtMs).toISOString() };
}

function deliveryBody(delivery: WebhookDelivery): z.infer<typeof deliverySchema> {
  const { webhookId: _, createdAtMs, attemptedAtMs, ...rest } = delivery;
  return {
    ...rest,
    createdAt: new Date(createdAtMs).toISOString(),
    attemptedAt: attemptedAtMs === null ? null : new Date(attemptedAtMs).toISOString(),
  };
}

function noSuch(what: string, given: string): AppError {
  return new AppError('not-found', `There is no ${what} ${JSON.stringify(given)}.`);
}
