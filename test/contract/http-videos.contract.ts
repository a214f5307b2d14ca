import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { READING_SCENES, readingFile } from '../support/reading-library.js';
import { type OpenReadingService, serviceOf } from './reading-service.js';

interface VideoPageBody {
  videos: { id: string; title: string; createdAt: string }[];
  nextCursor?: string;
}

interface ClipPageBody {
  clips: { id: number; startSeconds: number; endSeconds: number; score: number }[];
  nextCursor?: string;
}

/** How the videos of every service are looked at. */
export function describeVideos(name: string, open: OpenReadingService): void {
  describe(`GET /v1/videos of ${name}`, () => {
    const service = serviceOf(open);
    const newestFirst = Object.keys(READING_SCENES).reverse();

    it('lists page by page, newest first', async () => {
      const seen: string[] = [];
      let cursor = '';
      do {
        const page = await service.json<VideoPageBody>(`/v1/videos?limit=2${cursor}`);
        seen.push(...page.videos.map(({ title }) => title));
        cursor = page.nextCursor === undefined ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
      } while (cursor !== '');
      expect(seen).toEqual(newestFirst);
    });

    it('lists those that pass', async () => {
      const of = async (query: string) =>
        (await service.json<VideoPageBody>(`/v1/videos?${query}`)).videos.map(({ title }) => title);
      expect(await of('title=RED')).toEqual(['more red', 'red']);
      expect(await of('tag=plant')).toEqual(['green']);
      expect(await of('status=failed')).toEqual([]);
      expect(await of('min_duration=7')).toEqual(['long', 'more red']);
    });

    it.each(['limit=0', 'limit=1e9', 'limit=x', 'cursor=x', 'cursor=-1'])('refuses ?%s', async (query) => {
      expect((await service.request(`/v1/videos?${query}`)).status).toBe(400);
    });

    it('tells what a video is', async () => {
      const response = await service.request(`/v1/videos/${service.id('sunset')}`);
      expect(response.headers.get('etag')).toMatch(/^"\d+"$/);
      const video = (await response.json()) as { createdAt: string };
      expect(video).toMatchObject({
        id: service.id('sunset'),
        status: 'ready',
        title: 'sunset',
        description: 'Taken from the Eiffel tower.',
        tags: [],
        metadata: { reel: 7 },
        path: expect.stringMatching(/sunset\.mp4$/),
        contentHash: createHash('sha256').update(readingFile('sunset')).digest('hex'),
        sizeBytes: readingFile('sunset').length,
        durationSeconds: 3,
        width: 2,
        height: 1,
        clipCount: 1,
      });
      expect(Date.parse(video.createdAt)).toBeGreaterThan(0);
      const missing = await service.request('/v1/videos/none');
      expect(missing.status).toBe(404);
      expect(await missing.json()).toMatchObject({ code: 'not-found' });
    });

    it('draws where in a video a text fits', async () => {
      const path = `/v1/videos/${service.id('long')}/clips`;
      const { clips } = await service.json<ClipPageBody>(`${path}?query=green`);
      const starts = clips.map(({ startSeconds }) => startSeconds);
      expect(starts).toEqual([...starts].sort((left, right) => left - right));
      for (const { startSeconds, endSeconds, score } of clips) {
        if (startSeconds >= 8) expect(score).toBeGreaterThan(0.9);
        if (endSeconds <= 8) expect(score).toBeLessThan(0.2);
      }
      const unscored = await service.json<ClipPageBody>(path);
      expect(unscored.clips).toHaveLength(clips.length);
      expect(unscored.clips[0]).not.toHaveProperty('score');

      const pages: object[] = [];
      let cursor = '';
      do {
        const page = await service.json<ClipPageBody>(`${path}?limit=1${cursor}`);
        expect(page.clips).toHaveLength(1);
        pages.push(...page.clips);
        cursor = page.nextCursor === undefined ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
      } while (cursor !== '');
      expect(pages).toEqual(unscored.clips);
      expect((await service.request(`${path}?cursor=none`)).status).toBe(400);
      expect((await service.request('/v1/videos/none/clips')).status).toBe(404);
    });

    it('has a picture of every time', async () => {
      const path = `/v1/videos/${service.id('long')}/thumbnail`;
      for (const query of ['', '?at=0', '?at=3.2&width=64', '?at=999']) {
        const response = await service.request(path + query);
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toBe('image/jpeg');
        expect(await response.text()).toMatch(/^picture /);
      }
      expect((await service.request('/v1/videos/none/thumbnail')).status).toBe(404);
    });

    it.each(['at=-1', 'at=x', 'width=8', 'width=10000', 'width=1.5'])(
      'refuses a picture ?%s',
      async (query) => {
        const path = `/v1/videos/${service.id('red')}/thumbnail?${query}`;
        expect((await service.request(path)).status).toBe(400);
      },
    );

    it('says what it runs on, and that it can do its work', async () => {
      expect(await service.json('/healthz')).toMatchObject({
        status: 'ok',
        model: { name: 'colours', fingerprint: 'c0105' },
      });
      expect(await service.json('/readyz')).toMatchObject({ status: 'ready' });
    });

    it('answers an unknown path with a problem', async () => {
      const response = await service.request('/v1/nothing');
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({
        code: 'not-found',
        hint: expect.stringContaining('/openapi.json'),
      });
    });

    it('describes itself in a document', async () => {
      const { openapi, paths } = await service.json<{ openapi: string; paths: object }>('/openapi.json');
      expect(openapi).toBe('3.1.0');
      const read = ['/v1/search', '/v1/videos', '/v1/videos/{id}/media', '/v1/ask'];
      expect(Object.keys(paths)).toEqual(expect.arrayContaining(read));
    });
  });
}
