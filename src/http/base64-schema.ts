import { z } from '@hono/zod-openapi';

export const base64Schema = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'must be base64');
