import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What goes wrong with one request, in the order requests come; `undefined` for one that goes well. */
export type Mishap =
  | { kind: 'status'; status: number; retryAfter?: string }
  /** The connection breaks after so many bytes of the body. */
  | { kind: 'cut'; afterBytes: number }
  /** The connection breaks before an answer. */
  | { kind: 'hang-up' };

export interface SeenRequest {
  server: 'hub' | 'cdn';
  method: string;
  path: string;
  range: string | undefined;
  ifRange: string | undefined;
  authorization: string | undefined;
}

/**
 * A hub on this machine as huggingface.co answers: HEAD and GET on `/OWNER/NAME/resolve/REVISION/PATH` redirect to another
 * origin, with size and SHA-256 in `X-Linked-*`; the CDN there knows ranges. Small files come from the hub itself, with the hash
 * of a git blob as ETag.
 */
export class HubServer {
  readonly files = new Map<string, Uint8Array>();
  readonly smallFiles = new Map<string, Uint8Array>();
  readonly seen: SeenRequest[] = [];
  /** What befalls the next requests to the hub, and those to the CDN. */
  readonly mishaps: { hub: (Mishap | undefined)[]; cdn: (Mishap | undefined)[] } = { hub: [], cdn: [] };
  knowsRanges = true;
  /** What the CDN sends, where that is not what the hub announces. */
  tamper: ((content: Uint8Array) => Uint8Array) | undefined;
  #hub: Server | undefined;
  #cdn: Server | undefined;

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    server.#hub = await listen((request, response) => server.#answer('hub', request, response));
    server.#cdn = await listen((request, response) => server.#answer('cdn', request, response));
    onTestFinished(() => {
      for (const each of [server.#hub, server.#cdn]) {
        each?.closeAllConnections();
        each?.close();
      }
    });
    return server;
  }

  get endpoint(): URL {
    return originOf(this.#hub!);
  }

  requests(server: 'hub' | 'cdn', method: string): SeenRequest[] {
    return this.seen.filter((each) => each.server === server && each.method === method);
  }

  #answer(server: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: path = '', headers } = request;
    const { range, authorization } = headers;
    const ifRange = headers['if-range'];
    this.seen.push({ server, method, path, range, ifRange: ifRange as string | undefined, authorization });
    const mishap = this.mishaps[server].shift();
    if (mishap?.kind === 'hang-up') {
      request.socket.destroy();
    } else if (mishap?.kind === 'status') {
      response
        .writeHead(mishap.status, mishap.retryAfter ? { 'retry-after': mishap.retryAfter } : {})
        .end('not now');
    } else if (server === 'hub') this.#answerAsHub(path, method, response);
    else this.#answerAsCdn(path, request, response, mishap?.afterBytes);
  }

  #answerAsHub(path: string, method: string, response: ServerResponse): void {
    const small = this.smallFiles.get(path);
    if (small !== undefined) {
      const etag = createHash('sha1').update(`blob ${small.byteLength}\0`).update(small).digest('hex');
      response.writeHead(200, {
        'content-length': small.byteLength,
        etag: `"${etag}"`,
        'x-repo-commit': 'c0ffee',
      });
      response.end(method === 'HEAD' ? undefined : small);
      return;
    }
    const content = this.files.get(path);
    if (content === undefined) {
      response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
      return;
    }
    response.writeHead(302, {
      location: new URL(path, originOf(this.#cdn!)).href,
      'x-linked-size': content.byteLength,
      'x-linked-etag': `"${sha256(content)}"`,
      'x-repo-commit': 'c0ffee',
    });
    response.end();
  }

  #answerAsCdn(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    cutAfter: number | undefined,
  ): void {
    const original = this.files.get(path)!;
    const content = this.tamper?.(original) ?? original;
    const etag = `"cdn-${sha256(content).slice(0, 16)}"`;
    const { range } = request.headers;
    const ifRange = request.headers['if-range'];
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? Number.NaN);
    const isPart = this.knowsRanges && !Number.isNaN(start) && (ifRange === undefined || ifRange === etag);
    if (isPart && start >= content.byteLength) {
      response.writeHead(416, { 'content-range': `bytes */${content.byteLength}` }).end();
      return;
    }
    const body = isPart ? content.subarray(start) : content;
    response.writeHead(isPart ? 206 : 200, {
      etag,
      'content-length': body.byteLength,
      ...(isPart
        ? { 'content-range': `bytes ${start}-${content.byteLength - 1}/${content.byteLength}` }
        : {}),
    });
    if (request.method === 'HEAD') response.end();
    else if (cutAfter === undefined) response.end(body);
    else response.write(body.subarray(0, cutAfter), () => request.socket.end());
  }
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(answer);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function originOf(server: Server): URL {
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
