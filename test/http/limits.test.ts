import { describe, expect, it } from 'vitest';
import { createApiKey } from '../../src/app/access/manage-api-keys.js';
import type { AccessOptions } from '../../src/http/guard.js';
import { colourService } from '../support/colour-service.js';

async function world(options: Partial<AccessOptions> = {}) {
  const { library, serve } = await colourService();
  return { app: serve({ access: { ...library.access, ...options } }), library };
}

const search = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: 'red' }),
};

/** As node-server hands it over. */
const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });

describe('the rate limit', () => {
  it('lets so many pass, then says when to come again', async () => {
    const { app } = await world({ requestsPerMinute: 2 });
    const first = await app.request('/v1/videos', {}, from('192.0.2.1'));
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit')).toMatch(/^limit=2, remaining=1, reset=\d+$/);
    expect((await app.request('/v1/videos', {}, from('192.0.2.1'))).status).toBe(200);
    const third = await app.request('/v1/videos', {}, from('192.0.2.1'));
    expect(third.status).toBe(429);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(third.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await third.json()).toMatchObject({ code: 'rate-limited', status: 429 });
  });

  it('counts each address for itself, and all of an IPv6 subscriber’s as one', async () => {
    const { app } = await world({ requestsPerMinute: 1 });
    const ask = async (address: string) => (await app.request('/v1/videos', {}, from(address))).status;
    expect(await ask('192.0.2.1')).toBe(200);
    expect(await ask('::ffff:192.0.2.1')).toBe(429);
    expect(await ask('192.0.2.2')).toBe(200);
    expect(await ask('2001:db8:1:2::1')).toBe(200);
    expect(await ask('2001:db8:1:2:ffff:1:2:3')).toBe(429);
    expect(await ask('2001:db8:1:3::1')).toBe(200);
  });

  it('counts a key wherever it comes from, and does not let those without use it up', async () => {
    const { app, library } = await world({ requestsPerMinute: 1, needsKey: true });
    const { text } = await createApiKey(library.access.keys, { name: 'mine', scopes: ['read'] });
    const bad = text.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    const ask = async (key: string, address: string) =>
      (await app.request('/v1/videos', { headers: { 'x-api-key': key } }, from(address))).status;
    expect(await ask(bad, '192.0.2.1')).toBe(401);
    expect(await ask(bad, '192.0.2.1')).toBe(429);
    expect(await ask(text, '192.0.2.1')).toBe(200);
    expect(await ask(text, '192.0.2.2')).toBe(429);
  });
});

describe('the load limit', () => {
  it('lets slow uploads keep nobody else waiting', async () => {
    const { app, library } = await world({ maxConcurrentRequests: 1 });
    let send!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        send = controller;
      },
    });
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const request = new Request('http://localhost/v1/videos', {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    });
    const upload = app.request(request);
    const text = (part: string) => send.enqueue(new TextEncoder().encode(part));
    text('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf');
    expect((await app.request('/v1/videos')).status).toBe(200);
    text(' and half\r\n--b--\r\n');
    send.close();
    expect((await upload).status).toBe(202);
    expect((await library.catalog.listVideos(1)).videos).toMatchObject([{ sizeBytes: 13 }]);
  });

  it('turns away what is too much at once, still says how the service is, and takes requests again after', async () => {
    const { app, library } = await world({ maxConcurrentRequests: 2 });
    const { encode } = library.textEncoder;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    library.textEncoder.encode = async (...args) => {
      await released;
      return encode.apply(library.textEncoder, args);
    };
    const waiting = [app.request('/v1/search', search), app.request('/v1/search', search)];
    const third = await app.request('/v1/search', search);
    expect(third.status).toBe(503);
    expect(third.headers.get('retry-after')).toBe('1');
    expect(await third.json()).toMatchObject({ code: 'overloaded' });
    expect((await app.request('/healthz')).status).toBe(200);
    release();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await app.request('/v1/search', search)).status).toBe(200);
  });
});

describe('the limit of a JSON body', () => {
  it.each([
    ['/v1/videos', 'application/json', 1],
    ['/v1/search', 'application/json', 32],
    ['/v1/search', 'application/vnd.of-something+json', 32],
    ['/v1/search', 'text/plain', 32],
  ])('of %s as %s is %i MiB, without a length that is told beforehand', async (path, type, mebibytes) => {
    const { app } = await world();
    const piece = new TextEncoder().encode('x'.repeat(1024 * 1024));
    let pieces = 0;
    const body = new ReadableStream({
      pull: (controller) => (pieces++ < 100 ? controller.enqueue(piece) : controller.close()),
    });
    const request = new Request(`http://localhost${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
      duplex: 'half',
    } as RequestInit);
    const response = await app.request(request);
    expect(response.status).toBe(413);
    expect(pieces).toBeGreaterThan(mebibytes);
    expect(pieces).toBeLessThanOrEqual(mebibytes + 3);
  });
});

describe('every answer', () => {
  it.each([
    ['a page of videos', '/v1/videos', 200],
    ['a refusal', '/v1/videos?limit=0', 400],
    ['nothing there', '/nowhere', 404],
  ])('carries a request id and security headers: %s', async (_, path, status) => {
    const { app } = await world();
    const response = await app.request(path, { headers: { 'x-request-id': 'mine-1' } });
    expect(response.status).toBe(status);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'x-request-id': 'mine-1',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    if (status >= 400) expect(await response.json()).toMatchObject({ requestId: 'mine-1' });
  });

  it('does not take over a request id that could forge a line of a log', async () => {
    const { app } = await world();
    const response = await app.request('/healthz', { headers: { 'x-request-id': 'a b"c' } });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a wrong method', () => {
  it.each([
    ['DELETE', '/v1/search', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/v1/search', 'POST'],
  ])('%s %s is told what is right', async (method, path, allowed) => {
    const { app } = await world();
    const response = await app.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await response.json()).toMatchObject({ code: 'method-not-allowed' });
  });
});
