import { z } from '@hono/zod-openapi';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 500;

/** What the query of every list says of the page it wants. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().optional().openapi({ description: '`nextCursor` of the page before.' }),
};

/** What every list says of the page that follows. */
export const nextPage = {
  nextCursor: z.string().optional().openapi({ description: 'Absent on the last page.' }),
};
