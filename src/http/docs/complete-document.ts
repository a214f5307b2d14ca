import type { OpenAPIHono } from '@hono/zod-openapi';

type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What any route that is not open to all may answer before it is reached. */
const GUARD_RESPONSES = {
  '401': ['Unauthorized', 'No API key, or none that is good.'],
  '403': ['Forbidden', 'The API key has not the scope.'],
  '429': ['RateLimited', 'More requests than one caller may make; `Retry-After` says when to come again.'],
  '503': ['Overloaded', 'Too much is being worked on; `Retry-After` says when to come again.'],
} as const;

/** Adds what is the same for every route, or follows from its path: groups, operation ids, the refusals of the guard. */
export function completeDocument(document: OpenApiDocument): OpenApiDocument {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation === undefined) continue;
      operation.tags ??= [tagOf(path)];
      operation.operationId ??= operationIdOf(method, path);
      if (operation.security?.length === 0) continue;
      const refusals = Object.entries(GUARD_RESPONSES).map(
        ([status, [name]]) => [status, { $ref: `#/components/responses/${name}` }] as const,
      );
      operation.responses = { ...Object.fromEntries(refusals), ...operation.responses };
    }
  }
  const responses = Object.values(GUARD_RESPONSES).map(([name, description]) => [
    name,
    {
      description,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ]);
  document.components = { ...document.components, responses: Object.fromEntries(responses) };
  return document;
}

/** `/v1/videos/{id}/clips` is of Videos. */
function tagOf(path: string): string {
  const noun = path.split('/').find((part) => part !== '' && part !== 'v1') ?? 'operations';
  return capitalized(noun);
}

/** `get /v1/videos/{id}/clips` is `getVideosIdClips`: stable as long as the path is. */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '' && word !== 'v1');
  return method + words.map(capitalized).join('');
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
