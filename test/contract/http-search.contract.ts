import { describe, expect, it } from 'vitest';
import { type OpenReadingService, serviceOf } from './reading-service.js';

interface SearchBody {
  query?: string;
  results: { clipId: number; videoId: string; title: string; startSeconds: number; score: number }[];
  noGoodMatch: boolean;
  nextCursor?: string;
  explanation?: { method: string; clipsSearched: number; milliseconds: { total: number } };
  detail?: string;
}

const titles = ({ results }: SearchBody) => results.map(({ title }) => title);

const base64OfFloats = (values: readonly number[]) =>
  Buffer.from(Float32Array.from(values).buffer).toString('base64');

/** How every service that has a library is searched by texts, stored clips and vectors. */
export function describeSearch(name: string, open: OpenReadingService): void {
  describe(`POST /v1/search of ${name}`, () => {
    const service = serviceOf(open);
    const search = async (body: unknown) => {
      const response = await service.post('/v1/search', body);
      return { status: response.status, body: (await response.json()) as SearchBody };
    };

    it('answers with moments, best first', async () => {
      const { status, body } = await search({ query: 'green', limit: 2 });
      expect(status).toBe(200);
      expect(body.query).toBe('green');
      expect(body.results).toHaveLength(2);
      const green = body.results.find(({ title }) => title === 'green');
      expect(green).toEqual({
        clipId: expect.any(Number),
        videoId: service.id('green'),
        title: 'green',
        path: expect.stringMatching(/green\.mp4$/),
        startSeconds: 0,
        endSeconds: 3,
        score: expect.closeTo(1, 2),
        relevance: expect.toSatisfy((relevance) => relevance === null || (relevance >= 0 && relevance <= 1)),
        thumbnail: `/v1/videos/${service.id('green')}/thumbnail?at=1.5`,
      });
      expect(body.results[0]!.score).toBeGreaterThanOrEqual(body.results[1]!.score);
    });

    it('takes any characters for words', async () => {
      const words = ['% _ " NEAR(', "'; drop table videos; --", '\ud800', '\u0000red', '日本語'];
      for (const query of words) expect((await search({ query })).status).toBe(200);
    });

    it('takes signs for words and nothing else', async () => {
      const signs = [
        '%',
        '_',
        '"',
        'NEAR(',
        "'; drop table videos; --",
        '*',
        'a AND',
        '(',
        'title:',
        '-',
        '^',
      ];
      const statuses = await Promise.all(
        signs.flatMap((query) => [
          search({ query: `${query} red`, hybrid: true }),
          search({ query, hybrid: true, filter: { titleContains: query } }),
        ]),
      );
      expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
    });

    it('mixes texts and vectors by weight, and looks away from what weighs less than nothing', async () => {
      const filter = { videoIds: ['red', 'green', 'sunset'].map(service.id) };
      const of = async (body: object) => titles((await search({ filter, ...body })).body);
      const vector = [0, 1, 0];
      expect(await of({ query: 'red', vector, weights: { vector: 0.5 } })).toEqual([
        'red',
        'green',
        'sunset',
      ]);
      expect(await of({ query: 'red', vector, weights: { vector: 2 } })).toEqual(['green', 'red', 'sunset']);
      expect(await of({ query: 'red', vector, weights: { vector: -1 } })).toEqual(['red', 'sunset', 'green']);
      expect((await of({ vector: [0, 0, 1] }))[0]).toBe('sunset');
      expect((await of({ vector: base64OfFloats([0, 1, 0]) }))[0]).toBe('green');
    });

    it('finds what is like a stretch of a stored video, but not the stretch itself', async () => {
      const clip = { videoId: service.id('long'), startSeconds: 9, endSeconds: 15 };
      const { body } = await search({ clip, limit: 3 });
      expect(titles(body)[0]).toBe('green');
      const own = body.results.filter(({ title }) => title === 'long');
      expect(own.every(({ startSeconds }) => startSeconds <= 8)).toBe(true);
    });

    it('finds only what passes the filter, exactly when few pass', async () => {
      const of = async (filter: object) => {
        const { body } = await search({ query: 'red', filter, groupBy: 'video', explain: true });
        expect(body.explanation?.method).toBe('exact-among-filtered');
        return titles(body);
      };
      expect(await of({ tags: ['new'] })).toEqual(['red', 'green']);
      expect(await of({ tags: ['new', 'plant'] })).toEqual(['green']);
      expect(await of({ videoIds: [service.id('green'), 'nobody'] })).toEqual(['green']);
      expect(await of({ titleContains: 'RED' })).toEqual(expect.arrayContaining(['red', 'more red']));
      expect(await of({ titleContains: 'x'.repeat(300) })).toEqual([]);
      expect((await of({ minDurationSeconds: 7 })).sort()).toEqual(['long', 'more red']);
      expect(await of({ createdBefore: '2001-01-01T00:00:00Z' })).toEqual([]);
      expect(await of({ createdFrom: '2001-01-01T00:00:00+02:00' })).toHaveLength(9);
    });

    it('takes a thousand videos to look among', async () => {
      const others = Array.from({ length: 999 }, (_, order) => `nobody-${order}`);
      const filter = { videoIds: [...others, service.id('red')] };
      expect(titles((await search({ query: 'red', filter })).body)).toEqual(['red']);
    });

    it.each(['clip', 'video'])('pages through all results once, by %s', async (groupBy) => {
      const request = { query: 'red', groupBy, limit: 2 };
      const { body: whole } = await search({ ...request, limit: 50 });
      const seen: SearchBody['results'] = [];
      let cursor: string | undefined;
      do {
        const { body } = await search({ ...request, ...(cursor && { cursor }) });
        seen.push(...body.results);
        cursor = body.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(whole.results);
      expect(new Set(seen.map(({ clipId }) => clipId)).size).toBe(seen.length);
    });

    it('refuses a cursor that is none, or of another search', async () => {
      const { body } = await search({ query: 'red', limit: 1 });
      const cursor = body.nextCursor;
      expect((await search({ query: 'green', limit: 1, cursor })).body.detail).toContain('another search');
      for (const wrong of ['', 'x', 'bnVsbA', Buffer.from('["a",1,2,"x"]').toString('base64url')]) {
        expect(await search({ query: 'red', cursor: wrong })).toMatchObject({
          status: 400,
          body: { detail: expect.stringContaining('no cursor') },
        });
      }
    });

    it('puts first what is named so, when it looks for words as well', async () => {
      const filter = { videoIds: ['sunset', 'long', 'mixed 1'].map(service.id) };
      const of = async (query: string, hybrid: boolean) =>
        titles((await search({ query, hybrid, filter, groupBy: 'video' })).body);
      expect((await of('red towers', false)).at(-1)).toBe('sunset');
      expect((await of('red towers', true))[0]).toBe('sunset');
      expect((await of('red from the', true)).at(-1)).toBe('sunset');
    });

    it('answers exactly when asked to, and says how', async () => {
      const { body } = await search({ query: 'red', exact: true, explain: true });
      expect(body.explanation).toMatchObject({ method: 'exact', model: { name: 'colours' } });
      expect(body.explanation!.clipsSearched).toBeGreaterThan(9);
      expect(body.explanation!.milliseconds.total).toBeGreaterThanOrEqual(0);
      expect((await search({ query: 'red' })).body).not.toHaveProperty('explanation');
    });

    it.each([
      ['an empty query', { query: '  ' }, 'json.query'],
      ['a misspelt option', { query: 'red', groupby: 'video' }, 'json'],
      ['a limit of 0', { query: 'red', limit: 0 }, 'json.limit'],
      ['a limit that is a word', { query: 'red', limit: 'many' }, 'json.limit'],
      ['too long a query', { query: 'x'.repeat(2001) }, 'json.query'],
    ])('refuses %s and says which value is wrong', async (_, body, path) => {
      const response = await service.post('/v1/search', body);
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

    const plainText = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'red' };
    const json = (body: string) => ({ ...plainText, headers: { 'content-type': 'application/json' }, body });
    it.each([
      ['no JSON', json('{"query":'), 400, 'invalid-input', ''],
      ['no body', { method: 'POST' }, 400, 'invalid-input', 'no query'],
      ['no query', json('{"limit":3}'), 400, 'invalid-input', 'no query'],
      ['another type of content', plainText, 415, 'unsupported-content-type', 'application/json'],
    ])('refuses %s as a problem', async (_, request, status, code, said) => {
      const response = await service.request('/v1/search', request);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ status, code, detail: expect.stringContaining(said) });
    });

    it.each([
      ['no base64', { image: '<svg/>' }, 400, 'must be base64'],
      ['a video that is not there', { clip: { videoId: 'x' } }, 404, 'no clips of a video "x"'],
      [
        'a stretch that ends first',
        { clip: { videoId: 'x', startSeconds: 2, endSeconds: 1 } },
        400,
        'must end after',
      ],
      ['a vector of another length', { vector: [1, 2] }, 400, '2 values; this library takes 3'],
      ['a vector of zeros', { vector: [0, 0, 0] }, 400, 'all zeros'],
      ['half a float', { vector: 'AAAA' }, 400, '3 bytes'],
      [
        'parts that cancel out',
        { query: 'red', vector: [1, 0, 0], weights: { query: 0, vector: 0 } },
        400,
        'cancel',
      ],
      ['words without words', { vector: [1, 0, 0], hybrid: true }, 400, 'hybrid needs a text'],
      ['a re-ranker that is not there', { query: 'red', rerank: true }, 400, 'no re-ranker'],
    ])('refuses %s', async (_, body, status, detail) => {
      expect(await search(body)).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
    });
  });
}
