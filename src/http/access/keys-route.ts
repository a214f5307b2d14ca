import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { apiKeyFacts } from '../../app/access/api-key-facts.js';
import { createApiKey, MAX_KEY_NAME_LENGTH, revokeApiKey } from '../../app/access/manage-api-keys.js';
import { SCOPES } from '../../domain/scope.js';
import type { ApiKeyStore } from '../../ports/api-keys.js';
import { json, problem } from '../responses.js';
import { requires } from './requires.js';

const time = z.iso.datetime();

const keyShape = {
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  status: z.enum(['usable', 'revoked', 'expired']),
  createdAt: time,
  expiresAt: time.optional(),
  revokedAt: time.optional(),
  lastUsedAt: time.optional().openapi({ description: 'To the minute.' }),
};

const keySchema = z.object(keyShape).openapi('ApiKey');

const createdSchema = z
  .object({ ...keyShape, key: z.string().openapi({ description: 'The key itself. It is shown this once.' }) })
  .openapi('CreatedApiKey');

const createRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(MAX_KEY_NAME_LENGTH),
    scopes: z.array(z.enum(SCOPES)).min(1).default(['read']),
    expiresAt: time.optional(),
  })
  .openapi('NewApiKey');

const listRoute = createRoute({
  method: 'get',
  path: '/v1/keys',
  summary: 'List the API keys, without their secrets',
  security: requires('admin'),
  responses: { 200: json('Newest first.', z.object({ keys: z.array(keySchema) })) },
});

const postRoute = createRoute({
  method: 'post',
  path: '/v1/keys',
  summary: 'Make an API key',
  security: requires('admin'),
  request: { body: { required: true, content: { 'application/json': { schema: createRequest } } } },
  responses: {
    201: json('Made.', createdSchema),
    400: problem('The request is not valid, or the time is over already.'),
  },
});

const deleteRoute = createRoute({
  method: 'delete',
  path: '/v1/keys/{id}',
  summary: 'Revoke an API key, for good',
  security: requires('admin'),
  request: { params: z.object({ id: z.string().max(64) }) },
  responses: { 204: { description: 'Revoked.' }, 404: problem('There is no such key.') },
});

export function addKeysRoutes(app: OpenAPIHono, keys: ApiKeyStore) {
  return app
    .openapi(listRoute, async (context) =>
      context.json({ keys: (await keys.listKeys()).map((key) => apiKeyFacts(key)) }, 200),
    )
    .openapi(postRoute, async (context) => {
      const { expiresAt, ...request } = context.req.valid('json');
      const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      const { key, text } = await createApiKey(keys, { ...request, expiresAtMs });
      context.header('Cache-Control', 'no-store');
      return context.json({ ...apiKeyFacts(key), key: text }, 201);
    })
    .openapi(deleteRoute, async (context) => {
      await revokeApiKey(keys, context.req.valid('param').id);
      return context.body(null, 204);
    });
}
