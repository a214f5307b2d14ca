import type { Context } from 'hono';

export const FORM = 'multipart/form-data';

/** Whether the body of a request says that it is a form with files. */
export function isForm(context: Context): boolean {
  return /^multipart\/form-data\b/i.test(context.req.header('content-type') ?? '');
}
