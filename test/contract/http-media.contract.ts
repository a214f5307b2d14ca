import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

export interface MediaUnderTest {
  request(path: string, init?: RequestInit): Promise<Response>;
  path: string;
  /** Of the file. */
  content: string;
}

/** How every service sends the file of a video. @param open a service with one, for a test */
export function describeMedia(name: string, open: () => Promise<MediaUnderTest>): void {
  describe(`media ${name}`, () => {
    it('is the file, whole or in part, under the conditions of RFC 9110', async () => {
      const { request, path, content } = await open();
      const size = content.length;
      const etag = `"${createHash('sha256').update(content).digest('hex')}"`;
      const cases: [headers: Record<string, string>, status: number, range: string | null, body: string][] = [
        [{}, 200, null, content],
        [{ range: 'bytes=0-0' }, 206, `bytes 0-0/${size}`, content.slice(0, 1)],
        [{ range: 'bytes=5-' }, 206, `bytes 5-${size - 1}/${size}`, content.slice(5)],
        [{ range: 'bytes=-4' }, 206, `bytes ${size - 4}-${size - 1}/${size}`, content.slice(-4)],
        [{ range: 'bytes=2-99999' }, 206, `bytes 2-${size - 1}/${size}`, content.slice(2)],
        [{ range: 'bytes=0-1,4-5' }, 200, null, content],
        [{ range: 'lines=1-2' }, 200, null, content],
        [{ range: 'bytes=1-2', 'if-range': etag }, 206, `bytes 1-2/${size}`, content.slice(1, 3)],
        [{ range: 'bytes=1-2', 'if-range': '"other"' }, 200, null, content],
        [{ range: 'bytes=1-2', 'if-range': 'Tue, 24 Nov 2026 12:00:00 GMT' }, 200, null, content],
        [{ 'if-none-match': etag }, 304, null, ''],
        [{ 'if-none-match': `"x", W/${etag}`, range: 'bytes=0-1' }, 304, null, ''],
        [{ 'if-none-match': '"x"' }, 200, null, content],
      ];
      for (const [headers, status, range, body] of cases) {
        const response = await request(path, { headers });
        expect([headers, response.status]).toEqual([headers, status]);
        expect(response.headers.get('content-range')).toBe(range);
        expect(response.headers.get('etag')).toBe(etag);
        expect(response.headers.get('accept-ranges')).toBe('bytes');
        if (status !== 304) expect(response.headers.get('content-length')).toBe(String(body.length));
        expect(await response.text()).toBe(body);
      }
    });

    it('says how long the file is to who asks beyond its end', async () => {
      const { request, path, content } = await open();
      const response = await request(path, { headers: { range: `bytes=${content.length}-` } });
      expect(response.status).toBe(416);
      expect(response.headers.get('content-range')).toBe(`bytes */${content.length}`);
      expect(await response.json()).toMatchObject({ code: 'range-not-satisfiable' });
    });

    it('tells HEAD what it tells GET, without the bytes', async () => {
      const { request, path } = await open();
      const response = await request(path, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-length')).toBe('10');
      expect(await response.text()).toBe('');
    });
  });
}
