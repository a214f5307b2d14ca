import { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { AppError } from '../domain/errors.js';

/** An upload may take hours; a connection on which nothing moves for so long is given up. */
const IDLE_LIMIT_MS = 10 * 60_000;

interface Address {
  host: string;
  /** 0: any that is free. */
  port: number;
}

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch'];

/** A server that is told to stop answers what it has been asked, and no more. */
export class HttpService {
  readonly url: string;
  readonly #server: Server;
  #isStopping = false;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    server.on('request', (_, response) => {
      if (this.#isStopping) response.setHeader('connection', 'close');
      response.once('close', () => {
        // The connection is idle only after this event.
        if (this.#isStopping) setImmediate(() => server.closeIdleConnections());
      });
    });
  }

  /** @throws AppError `invalid-input` when it cannot listen there. */
  static async start(fetch: Fetch, address: Address): Promise<HttpService> {
    const server = createAdaptorServer({ fetch });
    if (!(server instanceof Server)) throw new Error('The adaptor made no HTTP/1 server.');
    server.requestTimeout = 0;
    server.timeout = IDLE_LIMIT_MS;
    return new HttpService(server, await listen(server, address));
  }

  /** Until the signal; then what is under way has `graceMs` to end, and is cut off. */
  async runUntil(signal: AbortSignal, graceMs: number): Promise<void> {
    await aborted(signal);
    this.#isStopping = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadline = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(deadline);
  }
}

/** @returns the address it listens on, as a URL. */
function listen(server: Server, { host, port }: Address): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}

function listenError(error: Error, host: string, port: number): AppError {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    const hint = 'Name another one with --port.';
    return new AppError('invalid-input', `Port ${port} of ${host} is taken.`, { cause: error, hint });
  }
  const message = `Cannot listen on ${host}, port ${port}: ${error.message}.`;
  return new AppError('invalid-input', message, { cause: error });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
