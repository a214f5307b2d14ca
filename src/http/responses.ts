import type { z } from '@hono/zod-openapi';
import { problemSchema } from './problem.js';

/** A JSON response of a route, for its OpenAPI description. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** A refusal of a route, for its OpenAPI description. */
export function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: problemSchema } } };
}
