import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { beforeAll, describe, expect, it } from 'vitest';
import { R2Blobs } from '../../src/adapters/blobs-r2/r2-blobs.js';
import { D1Library } from '../../src/adapters/catalog-d1/d1-library.js';
import { SqliteApiKeys } from '../../src/adapters/catalog-sqlite/sqlite-api-keys.js';
import { captionsOf } from '../../src/adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteClipFinder } from '../../src/adapters/catalog-sqlite/sqlite-clip-finder.js';
import { SqliteConversations } from '../../src/adapters/catalog-sqlite/sqlite-conversations.js';
import type { CaptionStore } from '../../src/ports/caption-store.js';
import type { ClipFinder } from '../../src/ports/clip-finder.js';
import { startEdgeStorage } from '../support/edge-storage.js';
import { mirroredLibrary } from '../support/mirrored-library.js';
import { describeApiKeys } from './api-keys.contract.js';
import { describeCaptionStore } from './caption-store.contract.js';
import { describeCatalog } from './catalog.contract.js';
import { describeClipFinder } from './clip-finder.contract.js';
import { describeConversationStore } from './conversation-store.contract.js';

let database: D1Database;
let files: R2Bucket;
beforeAll(async () => {
  ({ database, files } = await startEdgeStorage());
}, 60_000);

describeCatalog('SQLite, read in D1,', () => mirroredLibrary(database, files));

describeClipFinder('SqliteClipFinder on D1', async () => {
  const library = await mirroredLibrary(database, files);
  const finder = new SqliteClipFinder(library.d1);
  return { ...library, finder: after(library.mirror, finder) };
});

describeCaptionStore('captionsOf on D1, of SqliteCaptions,', async () => {
  const { mirror, d1, captions, catalog } = await mirroredLibrary(database, files);
  const looked: CaptionStore = {
    captionsOf: async (clipIds) => {
      await mirror();
      return captionsOf(d1, clipIds);
    },
    saveCaption: (caption) => captions.saveCaption(caption),
    saveCaptions: (several) => captions.saveCaptions(several),
  };
  return { catalog, captions: looked };
});

describeApiKeys('SqliteApiKeys on D1', async () => {
  const { d1 } = await mirroredLibrary(database, files);
  return new SqliteApiKeys(d1);
});

describeConversationStore('SqliteConversations on D1', async (bounds) => {
  const { d1, catalog } = await mirroredLibrary(database, files);
  return { conversations: new SqliteConversations(d1, bounds), catalog };
});

describe('R2Blobs', () => {
  it('gives what is there, whole and in parts, and says what is not', async () => {
    await files.put('media/a', 'hello, world');
    const blobs = new R2Blobs(files);
    const text = async (stream: ReadableStream<Uint8Array>) => new Response(stream).text();
    expect(await blobs.size('media/a')).toBe(12);
    expect(await text(await blobs.read('media/a'))).toBe('hello, world');
    expect(await text(await blobs.read('media/a', { start: 7, end: 8 }))).toBe('wo');
    expect(await blobs.size('media/b')).toBeUndefined();
    await expect(blobs.read('media/b')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('D1Library', () => {
  it('says what to do where the tables are not there', async () => {
    const missing = new D1Library(database).run((open) => open.run('select * from no_table'));
    await expect(missing).rejects.toMatchObject({
      code: 'database-unavailable',
      hint: expect.stringContaining('d1 migrations apply'),
    });
  });
});

/** A finder before whose every look something is done. */
function after(prepare: () => Promise<void>, finder: ClipFinder): ClipFinder {
  return {
    locate: async (...given) => prepare().then(() => finder.locate(...given)),
    videoCount: async (...given) => prepare().then(() => finder.videoCount(...given)),
    someClipIds: async (...given) => prepare().then(() => finder.someClipIds(...given)),
    clipIdsAfter: async (...given) => prepare().then(() => finder.clipIdsAfter(...given)),
    videosByWords: async (...given) => prepare().then(() => finder.videosByWords(...given)),
  };
}
