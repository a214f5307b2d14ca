import type { OpenAPIHono } from '@hono/zod-openapi';
import { describe, expect, it, vi } from 'vitest';
import { createApiKey, revokeApiKey } from '../../src/app/access/manage-api-keys.js';
import { newReembedJob } from '../../src/app/models/reembed-job.js';
import type { Scope } from '../../src/domain/scope.js';
import type { AccessOptions } from '../../src/http/guard.js';
import type { Problem } from '../../src/http/problem.js';
import { colourService } from '../support/colour-service.js';

const HOUR_MS = 3_600_000;

async function world(options: Partial<AccessOptions> = {}) {
  const { library, serve } = await colourService();
  const { keys } = library.access;
  const logFault = vi.fn();
  const app = serve({ access: { ...library.access, needsKey: true, ...options }, logFault });
  const key = async (...scopes: Scope[]) => (await createApiKey(keys, { name: 'test', scopes })).text;
  const revoked = async (...scopes: Scope[]) => {
    const created = await createApiKey(keys, { name: 'revoked', scopes });
    await revokeApiKey(keys, created.key.id);
    return created.text;
  };
  const expired = async (...scopes: Scope[]) => {
    const lastWeek = Date.now() - 100 * HOUR_MS;
    const request = { name: 'expired', scopes, expiresAtMs: lastWeek + HOUR_MS };
    return (await createApiKey(keys, request, lastWeek)).text;
  };
  return { app, keys, library, logFault, key, revoked, expired };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** What the house has decided, said once more and without looking at the routes. */
function decided(method: string, path: string): Scope | 'all' {
  if (['/healthz', '/readyz', '/v1/session'].includes(path)) return 'all';
  if (/^\/v1\/(keys|webhooks|export|import|backups)\b/.test(path)) return 'admin';
  if (/^\/v1\/models\b/.test(path)) return method === 'get' ? 'read' : 'admin';
  if (method === 'get') return 'read';
  if (/\/(search|ask|embeddings)$/.test(path)) return 'read';
  return 'write';
}

interface Route {
  method: string;
  path: string;
}

function routesOf(app: OpenAPIHono): Route[] {
  return app.openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === 'route' ? [{ method: definition.route.method, path: definition.route.path }] : [],
  );
}

describe('every route', () => {
  it('opens to the keys it is meant for, and to nobody else', async () => {
    const { app, key, revoked, expired } = await world();
    const scoped: Record<Scope, string> = {
      read: await key('read'),
      write: await key('write'),
      admin: await key('admin'),
    };
    const bad = scoped.admin.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    const refused = { bad, revoked: await revoked('admin'), expired: await expired('admin') };
    const wrong: string[] = [];
    const routes = routesOf(app);
    expect(routes.length).toBeGreaterThanOrEqual(3);
    for (const { method, path } of routes) {
      const ask = async (headers: Record<string, string>) => {
        const url = path.replaceAll(/\{.+?\}/g, '00000000-0000-4000-8000-000000000000');
        const response = await app.request(url, { method: method.toUpperCase(), headers });
        if (response.status !== 401 && response.status !== 403) {
          await response.body?.cancel();
          return 'open';
        }
        const { code } = (await response.json()) as Problem;
        return code === 'unauthorized' || code === 'forbidden' ? code : 'open';
      };
      const expectAnswer = (answer: string, expected: 'open' | 'unauthorized' | 'forbidden') => {
        if (answer !== expected) wrong.push(`${method} ${path}: ${answer}, not ${expected}`);
      };
      const scope = decided(method, path);
      const isOpen = scope === 'all';
      expectAnswer(await ask({}), isOpen ? 'open' : 'unauthorized');
      for (const text of Object.values(refused))
        expectAnswer(await ask(bearer(text)), isOpen ? 'open' : 'unauthorized');
      for (const held of Object.keys(scoped) as Scope[]) {
        const expected = isOpen || held === scope || held === 'admin' ? 'open' : 'forbidden';
        expectAnswer(await ask(bearer(scoped[held])), expected);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    '/v1/%76ideos',
    '/%76%31/videos',
    '/v1/videos/',
    '/v1/videos?x=/healthz',
    '/v1/videos#/healthz',
    '//v1/videos',
    '/V1/videos',
    '/v1/./videos',
    '/healthz/../v1/videos',
    '/v1/videos;/healthz',
    '/v1/videos%00',
    '/v1/videos%2F',
  ])('is not opened by writing its path as %s', async (path) => {
    const { app } = await world();
    for (const method of ['GET', 'HEAD']) {
      const response = await app.request(`http://localhost${path}`, { method });
      expect([401, 404]).toContain(response.status);
    }
  });
});

describe('a key', () => {
  it.each([
    ['Authorization: Bearer', (text: string) => ({ authorization: `Bearer ${text}` })],
    ['authorization in small letters', (text: string) => ({ authorization: `bearer ${text}` })],
    ['X-Api-Key', (text: string) => ({ 'x-api-key': text })],
  ])('may be sent as %s', async (_, headers) => {
    const { app, key } = await world();
    expect((await app.request('/v1/videos', { headers: headers(await key('read')) })).status).toBe(200);
  });

  it.each([
    ['none', {}],
    ['an empty one', { 'x-api-key': '' }],
    ['another kind of authorization', { authorization: 'Basic dmlkZXJlOnZpZGVyZQ==' }],
    ['what is no key', { authorization: 'Bearer letmein' }],
    ['a key there never was', { authorization: `Bearer videre_${'0'.repeat(12)}_${'A'.repeat(43)}` }],
  ])('is asked for where there is %s', async (_, headers) => {
    const { app } = await world();
    const response = await app.request('/v1/videos', { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="videre"/);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'unauthorized', hint: expect.any(String) });
  });

  it('says which scope it lacks, in the problem and in the header', async () => {
    const { app, key } = await world();
    const response = await app.request('/v1/videos', { headers: bearer(await key('write')) });
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="read"');
    expect(((await response.json()) as Problem).detail).toMatch(/scope read; the key \w+ has write/);
  });

  it.each(['cancel', 'retry'])('to write does not %s what only admin may begin', async (what) => {
    const { app, library, key } = await world();
    const { jobs } = library;
    const { id } = await jobs.enqueue(newReembedJob({ bundleFolder: '/other', skipUnreadable: false }));
    const ask = async (scope: Scope) =>
      (await app.request(`/v1/jobs/${id}/${what}`, { method: 'POST', headers: bearer(await key(scope)) }))
        .status;
    if (what === 'retry') await jobs.cancel(id);
    const { state } = (await jobs.get(id))!;
    expect(await ask('write')).toBe(403);
    expect(await jobs.get(id)).toMatchObject({ state });
    expect(await ask('admin')).toBe(200);
  });

  it('is refused from the moment it is revoked', async () => {
    const { app, keys, key } = await world();
    const text = await key('read');
    expect((await app.request('/v1/videos', { headers: bearer(text) })).status).toBe(200);
    await revokeApiKey(keys, (await keys.listKeys())[0]!.id);
    expect((await app.request('/v1/videos', { headers: bearer(text) })).status).toBe(401);
  });

  it('is not needed on one’s own machine, but counts when it is sent', async () => {
    const { app, key, revoked } = await world({ needsKey: false });
    expect((await app.request('/v1/videos')).status).toBe(200);
    expect((await app.request('/v1/videos', { headers: bearer(await revoked('read')) })).status).toBe(401);
    expect((await app.request('/v1/videos', { headers: bearer(await key('write')) })).status).toBe(403);
  });

  it('never reaches the log, even of a request that fails', async () => {
    const { app, library, logFault, key } = await world();
    library.textEncoder.encode = async () => {
      throw new Error('broken');
    };
    const text = await key('read');
    const response = await app.request('/v1/search?key=hidden', {
      method: 'POST',
      headers: { ...bearer(text), 'x-api-key': text, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'red' }),
    });
    expect(response.status).toBe(500);
    const logged = JSON.stringify(logFault.mock.calls);
    expect(logged).toContain('/v1/search');
    expect(logged).not.toContain(secretOf(text));
    expect(logged).not.toContain('hidden');
  });
});

/** Its alphabet has the underscore, too. */
function secretOf(key: string): string {
  return key.split('_').slice(2).join('_');
}

describe('keys over HTTP', () => {
  it('are made, shown once, listed without the secret, and revoked', async () => {
    const { app, key } = await world();
    const admin = { ...bearer(await key('admin')), 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'phone', scopes: ['read'] });
    const made = await app.request('/v1/keys', { method: 'POST', headers: admin, body });
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { id, key: text } = (await made.json()) as { id: string; key: string };
    expect((await app.request('/v1/videos', { headers: bearer(text) })).status).toBe(200);

    const listed = await (await app.request('/v1/keys', { headers: admin })).text();
    expect(JSON.parse(listed).keys).toMatchObject([
      { id, name: 'phone', status: 'usable' },
      { name: 'test' },
    ]);
    expect(listed).not.toContain(secretOf(text));

    const revoking = { method: 'DELETE', headers: admin };
    expect((await app.request(`/v1/keys/${id}`, revoking)).status).toBe(204);
    expect((await app.request('/v1/videos', { headers: bearer(text) })).status).toBe(401);
    expect((await app.request('/v1/keys/nothing', revoking)).status).toBe(404);
  });

  it('cannot be made for a time that is over', async () => {
    const { app, key } = await world();
    const headers = { ...bearer(await key('admin')), 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'phone', expiresAt: '2001-01-01T00:00:00Z' });
    const response = await app.request('/v1/keys', { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('is over already') });
  });
});

describe('a page elsewhere', () => {
  const search = { method: 'POST', body: '{"query":"red"}' };

  it.each([
    ['a form from another site', { origin: 'https://evil.example', 'content-type': 'text/plain' }],
    ['a form from a hidden origin', { origin: 'null', 'content-type': 'multipart/form-data; boundary=x' }],
    ['another port of the same host', { origin: 'http://localhost:1', 'content-type': 'text/plain' }],
    ['a browser that only says cross-site', { 'sec-fetch-site': 'cross-site' }],
  ])('cannot change anything: %s', async (_, headers) => {
    const { app } = await world({ needsKey: false });
    const response = await app.request('/v1/search', { ...search, headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'forbidden' });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may when its origin is listed, and is told so before', async () => {
    const { app } = await world({ needsKey: false, corsOrigins: ['https://mine.example'] });
    const origin = 'https://mine.example';
    const headers = { origin, 'content-type': 'application/json' };
    const asked = await app.request('/v1/search', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(asked.status).toBe(204);
    const response = await app.request('/v1/search', { ...search, headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    const other = await app.request('/v1/videos', { headers: { origin: 'https://evil.example' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('cannot give its own name to our address', async () => {
    const { app } = await world({ needsKey: false, isOurHost: (host) => host === '127.0.0.1' });
    expect((await app.request('http://127.0.0.1/v1/videos')).status).toBe(200);
    const rebound = await app.request('http://evil.example/v1/videos');
    expect(rebound.status).toBe(421);
    expect(await rebound.json()).toMatchObject({ code: 'host-refused' });
  });
});
