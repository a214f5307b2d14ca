import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

/**
 * The JSON body of a request, which its route found valid before it came here. Where a body may be a form as well,
 * `context.req.valid` has lost its type on the way.
 */
export function validJson<Schema extends z.ZodType>(context: Context, _schema: Schema): z.infer<Schema> {
  const valid = context.req.valid as (target: string) => unknown;
  return valid.call(context.req, 'json') as z.infer<Schema>;
}
