import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { BlobStore } from '../../src/ports/blob-store.js';
import { collected } from '../support/collected.js';

const encoder = new TextEncoder();

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield encoder.encode(text);
}

/** What every `BlobStore` keeps, wherever it puts its bytes. */
export function describeBlobStore(name: string, open: () => Promise<BlobStore>): void {
  describe(`${name} as a BlobStore`, () => {
    const textOf = async (stream: ReadableStream<Uint8Array>) => new Response(stream).text();
    const keysOf = async (store: BlobStore, prefix?: string) => (await collected(store.list(prefix))).sort();

    it('gives back what was written, whole, in parts and as a file', async () => {
      const store = await open();
      const stored = await store.write('videos/a', chunks('hello, ', 'world'));
      expect(stored).toEqual({
        sizeBytes: 12,
        contentHash: '09ca7e4eaa6e8ae9c7d261167129184883644d07dfba7cbfbc4c8a2e08360d5b',
      });
      expect(await store.size('videos/a')).toBe(12);
      expect(await textOf(await store.read('videos/a'))).toBe('hello, world');
      expect(await textOf(await store.read('videos/a', { start: 7, end: 8 }))).toBe('wo');
      expect(await store.withFile('videos/a', (path) => readFile(path, 'utf8'))).toBe('hello, world');
    });

    it('has nothing of a write whose source breaks off', async () => {
      const store = await open();
      const breaking = async function* () {
        yield encoder.encode('half');
        throw new Error('the client is gone');
      };
      await expect(store.write('videos/a', breaking())).rejects.toThrow('the client is gone');
      expect(await store.size('videos/a')).toBeUndefined();
      expect(await keysOf(store)).toEqual([]);
    });

    it('lends room for files that pass, unlisted, until the work is done or fails', async () => {
      const store = await open();
      const paths: string[] = [];
      const working = store.withPassingFiles(async (files) => {
        for (const text of ['one', 'two']) paths.push(await files.write(chunks(text)));
        expect(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).toEqual(['one', 'two']);
        expect(await keysOf(store)).toEqual([]);
        throw new Error('the work fails');
      });
      await expect(working).rejects.toThrow('the work fails');
      for (const path of paths) await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('lists and deletes below a prefix, and takes a blob that is not there as deleted', async () => {
      const store = await open();
      for (const key of ['thumbnails/a/1.jpg', 'thumbnails/a/2.jpg', 'thumbnails/ab/1.jpg', 'videos/a'])
        await store.write(key, chunks(key));
      expect(await keysOf(store, 'thumbnails/a/')).toEqual(['thumbnails/a/1.jpg', 'thumbnails/a/2.jpg']);
      await store.deleteAll('thumbnails/a/');
      await store.deleteAll('thumbnails/none/');
      await store.delete('videos/a');
      await store.delete('videos/a');
      expect(await keysOf(store)).toEqual(['thumbnails/ab/1.jpg']);
    });

    it('says that there is no such blob', async () => {
      const store = await open();
      expect(await store.size('videos/none')).toBeUndefined();
      await expect(store.read('videos/none')).rejects.toMatchObject({ code: 'not-found' });
      await expect(store.withFile('videos/none', async () => 1)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('goes on reading a blob that is deleted meanwhile', async () => {
      const store = await open();
      await store.write('videos/a', chunks('x'.repeat(300_000)));
      const stream = await store.read('videos/a');
      await store.delete('videos/a');
      expect(await textOf(stream)).toHaveLength(300_000);
    });

    it.each(['../a', '/a', 'a/../b', '.hidden', 'a//b', 'A', '', 'a\0', 'x'.repeat(300)])(
      'refuses the key %j',
      async (key) => {
        const store = await open();
        await expect(store.write(key, chunks('x'))).rejects.toMatchObject({ code: 'internal' });
        await expect(store.delete(key)).rejects.toMatchObject({ code: 'internal' });
      },
    );
  });
}
