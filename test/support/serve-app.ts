import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { onTestFinished } from 'vitest';
import type { WhenOver } from './temporary-folder.js';

/** Serves an app on a port of its own until the test is over, for what only a connection shows: leaving, and reading slowly. */
export async function serveApp(
  app: Pick<OpenAPIHono, 'fetch'>,
  whenOver: WhenOver = onTestFinished,
): Promise<string> {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  whenOver(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
