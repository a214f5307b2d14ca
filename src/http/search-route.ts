import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { SearchDependencies } from '../app/search/search-library.js';
import { DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY_LENGTH } from '../app/search/search-request.js';
import { searchClips } from '../app/search-clips.js';
import { requires } from './access/requires.js';
import { json, problem } from './responses.js';

const searchRequest = z
  .object({
    query: z.string().trim().min(1).max(MAX_QUERY_LENGTH).openapi({ example: 'a red car turns left' }),
    limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  })
  .openapi('SearchRequest');

const moment = z
  .object({
    videoId: z.string(),
    title: z.string(),
    path: z.string().openapi({ description: 'Where the file was when it was ingested.' }),
    startSeconds: z.number(),
    endSeconds: z.number(),
    score: z.number().openapi({ description: 'Between -1 and 1; higher is better.' }),
  })
  .openapi('Moment');

const searchResponse = z
  .object({ query: z.string(), results: z.array(moment).openapi({ description: 'Best first.' }) })
  .openapi('SearchResponse');

const route = createRoute({
  method: 'post',
  path: '/v1/search',
  summary: 'Find the moments that fit a text',
  security: requires('read'),
  request: { body: { required: true, content: { 'application/json': { schema: searchRequest } } } },
  responses: {
    200: json('The best moments.', searchResponse),
    400: problem('The request is not valid.'),
    413: problem('The body is too large.'),
    415: problem('The body is not application/json.'),
  },
});

export function addSearchRoute(app: OpenAPIHono, dependencies: SearchDependencies) {
  return app.openapi(route, async (context) => {
    const { query, limit } = context.req.valid('json');
    const moments = await searchClips(dependencies, { query, limit, signal: context.req.raw.signal });
    const results = moments.map(({ clipId: _, ...result }) => result);
    return context.json({ query, results }, 200);
  });
}
