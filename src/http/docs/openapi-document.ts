import type { OpenAPIHono } from '@hono/zod-openapi';
import { API_KEY_HEADER, BEARER } from '../access/requires.js';

const DESCRIPTION = `Search videos by text, down to the moment.

On one's own machine no key is needed. Elsewhere send an API key, made with \`videre keys create\`, as a bearer token or in
\`X-Api-Key\`. Each operation names the scope it needs: \`read\` (look, search, ask), \`write\` (change the library) or
\`admin\`, which includes both.

Errors are problem details (RFC 9457) with a stable \`code\` and a \`hint\` that says what to do.`;

type DocumentConfig = Parameters<OpenAPIHono['getOpenAPI31Document']>[0];

/** Describes how keys are sent; to be called once. */
export function registerSecuritySchemes(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent('securitySchemes', BEARER, {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, as `Authorization: Bearer videre_...`',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', API_KEY_HEADER, {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'An API key in a header of its own',
  });
}

export function documentConfig(version: string): DocumentConfig {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Videre',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    // Relative to where the document is, so that it is right behind a proxy and on any port.
    servers: [{ url: '/' }],
  };
}
