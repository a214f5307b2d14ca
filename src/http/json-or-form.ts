import type { z } from '@hono/zod-openapi';

/** As OpenAPI describes it; a Zod schema of a form would have the whole body read into memory. */
interface FormSchema {
  type: 'object';
  properties: Record<string, object>;
  required?: string[];
}

/**
 * Bodies of a route that takes JSON, or a form with files that it reads as a stream. Both are described; the types know
 * the JSON alone, and so do `context.req.valid('json')` and the typed client.
 */
export function jsonOrForm<Schema extends z.ZodType>(schema: Schema, form: FormSchema) {
  const content = {
    'application/json': { schema },
    'multipart/form-data': { schema: form },
  };
  return content as { 'application/json': { schema: Schema } };
}
