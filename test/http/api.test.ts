import { afterEach, describe, expect, it, vi } from 'vitest';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { colourService } from '../support/colour-service.js';
import { colourModel, writeScript } from '../support/colour-world.js';

const logFault = vi.fn();
afterEach(() => logFault.mockReset());

async function appWith(...colours: string[]) {
  const { app, folder, library } = await colourService({ logFault });
  for (const colour of colours) {
    const script = { framesPerSecond: 10, scenes: [[colour, 3]] as [string, number][] };
    await ingestVideo(await writeScript(folder, `${colour}.mp4`, script), library);
  }
  return { app, library };
}

interface SearchBody {
  query: string;
  results: { score: number }[];
}

interface VideoPageBody {
  videos: { title: string; createdAt: string }[];
  nextCursor?: string;
}

function search(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: text };
}

describe('POST /v1/search', () => {
  it('answers with moments, best first', async () => {
    const { app } = await appWith('red', 'green', 'blue');
    const response = await app.request('/v1/search', search({ query: 'green', limit: 2 }));
    expect(response.status).toBe(200);
    const { query, results } = (await response.json()) as SearchBody;
    expect(query).toBe('green');
    expect(results).toHaveLength(2);
    expect(results[0]).toEqual({
      clipId: 2,
      videoId: expect.any(String),
      title: 'green',
      path: expect.stringMatching(/green\.mp4$/),
      startSeconds: 0,
      endSeconds: 3,
      score: expect.closeTo(1, 2),
      relevance: null,
      thumbnail: expect.stringMatching(/^\/v1\/videos\/[-0-9a-f]+\/thumbnail\?at=1\.5$/),
    });
    expect(results[0]!.score).toBeGreaterThan(results[1]!.score);
  });

  it('takes any characters for words', async () => {
    const { app } = await appWith('red');
    for (const query of ['% _ " NEAR(', "'; drop table videos; --", '\ud800', '\u0000red', '日本語']) {
      expect((await app.request('/v1/search', search({ query }))).status).toBe(200);
    }
  });

  it.each([
    ['an empty query', { query: '  ' }, 'json.query'],
    ['a misspelt option', { query: 'red', groupby: 'video' }, 'json'],
    ['a limit of 0', { query: 'red', limit: 0 }, 'json.limit'],
    ['a limit that is a word', { query: 'red', limit: 'many' }, 'json.limit'],
    ['too long a query', { query: 'x'.repeat(2001) }, 'json.query'],
  ])('refuses %s and says which value is wrong', async (_, body, path) => {
    const { app } = await appWith();
    const response = await app.request('/v1/search', search(body));
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: 'urn:videre:error:invalid-input',
      title: 'Invalid input',
      status: 400,
      code: 'invalid-input',
      issues: [{ path, message: expect.any(String) }],
    });
  });

  it.each([
    ['no JSON', search('{"query":'), 400, 'invalid-input', ''],
    ['no body', { method: 'POST' }, 400, 'invalid-input', 'no query'],
    ['no query', search({ limit: 3 }), 400, 'invalid-input', 'no query'],
    [
      'another type of content',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'red' },
      415,
      'unsupported-content-type',
      'application/json',
    ],
    [
      'a huge body',
      search({ query: 'red', more: 'x'.repeat(34_000_000) }),
      413,
      'payload-too-large',
      'at most 33554432 bytes',
    ],
  ])('refuses %s as a problem', async (_, request, status, code, said) => {
    const { app } = await appWith();
    const response = await app.request('/v1/search', request);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      status,
      code,
      detail: expect.stringContaining(said),
    });
    expect(logFault).not.toHaveBeenCalled();
  });

  it('tells a fault inside Videre to the log, not to the client', async () => {
    const { app, library } = await appWith('red');
    const fault = new Error('secret path /etc/shadow');
    library.textEncoder.encode = async () => {
      throw fault;
    };
    const response = await app.request('/v1/search', search({ query: 'red' }));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(logFault).toHaveBeenCalledWith(fault, {
      id: response.headers.get('x-request-id'),
      method: 'POST',
      path: '/v1/search',
    });
  });
});

describe('GET /v1/videos', () => {
  it('lists page by page, newest first', async () => {
    const { app } = await appWith('red', 'green', 'blue');
    const first = (await (await app.request('/v1/videos?limit=2')).json()) as VideoPageBody;
    expect(first.videos.map(({ title }) => title)).toEqual(['blue', 'green']);
    expect(first.videos[0]).toMatchObject({ clipCount: 1, durationSeconds: 3, width: 2, height: 1 });
    expect(Date.parse(first.videos[0]!.createdAt)).toBeGreaterThan(0);
    const next = await app.request(`/v1/videos?limit=2&cursor=${first.nextCursor}`);
    const last = (await next.json()) as VideoPageBody;
    expect(last.videos.map(({ title }) => title)).toEqual(['red']);
    expect(last).not.toHaveProperty('nextCursor');
  });

  it.each(['limit=0', 'limit=1e9', 'limit=x', 'cursor=x', 'cursor=-1'])('refuses ?%s', async (query) => {
    const { app } = await appWith();
    const response = await app.request(`/v1/videos?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-input' });
  });
});

it('says on /healthz what it runs on', async () => {
  const { app } = await appWith('red', 'green');
  const response = await app.request('/healthz');
  expect(await response.json()).toEqual({
    status: 'ok',
    version: '1.2.3',
    model: { name: 'colours', fingerprint: colourModel.fingerprint, kernel: 'none' },
  });
});

it('answers an unknown path with a problem', async () => {
  const { app } = await appWith();
  const response = await app.request('/v1/nothing');
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ code: 'not-found', detail: 'There is no GET /v1/nothing.' });
});
