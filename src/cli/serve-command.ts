import { createAdaptorServer } from '@hono/node-server';
import { defineCommand } from 'citty';
import pino from 'pino';
import { openSearch } from '../composition.js';
import { AppError } from '../domain/errors.js';
import { createApp, type FailedRequest } from '../http/create-app.js';
import { openAccess } from '../http/guard.js';
import { VERSION } from '../version.js';
import { interruptSignal } from './interrupt.js';
import { readSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { processTerminal } from './terminal.js';

const DEFAULT_PORT = 7330;
const DEFAULT_HOST = '127.0.0.1';

type HttpServer = ReturnType<typeof createAdaptorServer>;

export const serveCommand = defineCommand({
  meta: { name: 'serve', description: 'Answer searches over HTTP' },
  plugins: [strictFlags],
  args: {
    port: {
      type: 'string',
      valueHint: 'N',
      description: `Port (default ${DEFAULT_PORT}; 0 takes any that is free)`,
    },
    host: {
      type: 'string',
      valueHint: 'ADDRESS',
      description: `Address to listen on (default ${DEFAULT_HOST})`,
    },
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print where it listens as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const host = args.host ?? DEFAULT_HOST;
    const port = args.port === undefined ? DEFAULT_PORT : parsePort(args.port);
    const signal = interruptSignal();
    const log = pino({ name: 'videre' }, pino.destination(2));
    const dependencies = await openSearch(readSettings(args));
    try {
      const logFault = (err: unknown, request: FailedRequest) =>
        log.error({ err, request }, 'request failed');
      const access = openAccess(dependencies.apiKeys);
      const app = createApp({ ...dependencies, access, version: VERSION, logFault });
      const server = createAdaptorServer({ fetch: app.fetch });
      const url = await listen(server, port, host);
      const { videos, clips } = await dependencies.catalog.size();
      if (args.json) terminal.line(JSON.stringify({ url, videos, clips }));
      else {
        terminal.line(`Videre listens on ${url} (${videos} videos, ${clips} clips). Ctrl-C ends it.`);
        terminal.line(
          `Try: curl -s ${url}/v1/search -H 'content-type: application/json' -d '{"query":"a dog"}'`,
        );
      }
      await untilAborted(signal);
      await close(server);
    } finally {
      await dependencies.close();
    }
  },
});

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new AppError('invalid-input', `--port takes a number from 0 to 65535, not ${JSON.stringify(text)}.`);
}

/** @returns the address it listens on, as a URL. */
function listen(server: HttpServer, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, port, host)));
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}

function listenError(error: Error, port: number, host: string): unknown {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    const hint = 'Name another one with --port.';
    return new AppError('invalid-input', `Port ${port} of ${host} is taken.`, { cause: error, hint });
  }
  const message = `Cannot listen on ${host}, port ${port}: ${error.message}.`;
  return new AppError('invalid-input', message, { cause: error });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Answers what has been asked; idle connections do not hold it up. */
function close(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
}
