import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import {
  type FoundMoment,
  type SearchDependencies,
  type SearchResult,
  searchLibrary,
} from '../../app/search/search-library.js';
import { AppError } from '../../domain/errors.js';
import { requires } from '../access/requires.js';
import { isForm } from '../form-type.js';
import { jsonOrForm } from '../json-or-form.js';
import { picturesInJson } from '../limits/limit-body.js';
import { json, problem } from '../responses.js';
import type { ReadSearchForm } from './search-form.js';
import { type QueryFiles, toSearchRequest } from './search-query.js';
import { type SearchBody, searchRequestSchema, searchResponseSchema } from './search-schema.js';

/** Described by hand: a schema of ours would have the body read into memory. */
const formSchema = {
  type: 'object' as const,
  properties: {
    request: { type: 'string' as const, description: 'A SearchRequest as JSON; may be left out.' },
    image: { type: 'string' as const, format: 'binary' },
    clip: { type: 'string' as const, format: 'binary', description: 'A video file; it is not stored.' },
  },
};

const route = createRoute({
  method: 'post',
  path: '/v1/search',
  summary: 'Find the moments that fit a text, an image, a clip, or a mix of them',
  description:
    'As JSON, or as a form with the files `image` and `clip` and the rest as JSON in the field `request`.',
  security: requires('read'),
  ...picturesInJson,
  request: {
    body: { content: jsonOrForm(searchRequestSchema, formSchema) },
  },
  responses: {
    200: json('The best moments.', searchResponseSchema),
    400: problem('The request is not valid.'),
    404: problem('The library has no such video.'),
    413: problem('The body is too large.'),
    415: problem('The body is of another type, or a file in it cannot be read.'),
    422: problem('A file in it is damaged or beyond the limits.'),
    507: problem('The disk of the server is full.'),
  },
});

/** @param readForm reads forms with files; without it they are refused. */
export function addSearchRoute(
  app: OpenAPIHono,
  dependencies: SearchDependencies,
  readForm: ReadSearchForm = refuseForm,
) {
  return app.openapi(route, async (context) => {
    const { signal } = context.req.raw;
    const answer = async (body: SearchBody, files: QueryFiles = {}) => {
      const result = await searchLibrary(dependencies, toSearchRequest(body, files, signal));
      return context.json(responseBody(body, result), 200);
    };
    if (!isForm(context)) {
      return answer(context.req.valid('json'));
    }
    return readForm(context.req.raw, answer);
  });
}

function responseBody(
  { query, explain }: SearchBody,
  { moments, noGoodMatch, nextCursor, explanation }: SearchResult,
) {
  return {
    ...(query === undefined ? {} : { query }),
    results: moments.map(momentBody),
    noGoodMatch,
    ...(nextCursor === undefined ? {} : { nextCursor }),
    ...(explain ? { explanation } : {}),
  };
}

function momentBody(moment: FoundMoment) {
  const { videoId, startSeconds, endSeconds } = moment;
  const middle = Math.round(((startSeconds + endSeconds) / 2) * 1000) / 1000;
  return { ...moment, thumbnail: `/v1/videos/${encodeURIComponent(videoId)}/thumbnail?at=${middle}` };
}

async function refuseForm(): Promise<never> {
  throw new AppError('unsupported-content-type', 'Files are not looked at here.', {
    hint: 'Ask as application/json, with a text, a stored clip or a vector.',
  });
}
