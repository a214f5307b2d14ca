import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteApiKeys } from '../../src/adapters/catalog-sqlite/sqlite-api-keys.js';
import { SqliteCaptions } from '../../src/adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteCatalog } from '../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { SqliteConversations } from '../../src/adapters/catalog-sqlite/sqlite-conversations.js';
import { SqliteJobQueue } from '../../src/adapters/catalog-sqlite/sqlite-job-queue.js';
import { SqliteLibraryRows } from '../../src/adapters/catalog-sqlite/sqlite-library-rows.js';
import { SqliteWebhooks } from '../../src/adapters/catalog-sqlite/sqlite-webhooks.js';
import { migrateLibrary } from '../../src/app/migrate/migrate-library.js';
import type { Catalog } from '../../src/ports/catalog.js';
import { LIBRARY_TABLES, type LibraryRows } from '../../src/ports/library-rows.js';
import { newVideo, readyVideo } from '../support/new-videos.js';
import { seededRandom } from '../support/seeded-random.js';
import { temporaryFolder } from '../support/temporary-folder.js';

export interface RowsUnderTest {
  rows: LibraryRows;
  /** On the same database. */
  catalog: Catalog;
}

const VIDEOS = 12;
const CLIPS_EACH = 50;

/** What every `LibraryRows` takes from a library in SQLite, and gives back to one. */
export function describeLibraryRows(name: string, open: () => Promise<RowsUnderTest>): void {
  describe(`${name} as LibraryRows`, () => {
    it('takes a library there and back: every row, every bit of a vector, every number that was given', async () => {
      const source = await emptySqlite();
      await fill(source.database);
      const there = await open();
      const first = await migrateLibrary(source.rows, there.rows);
      expect(first.rows).toMatchObject({ videos: VIDEOS + 1, clips: (VIDEOS - 1) * CLIPS_EACH });
      expect(LIBRARY_TABLES.filter((table) => first.rows[table] === 0)).toEqual([]);
      const back = await emptySqlite();
      const second = await migrateLibrary(there.rows, back.rows);
      expect(second).toEqual(first);
      // The newest clips were deleted: their numbers are not given to others.
      for (const { catalog } of [there, back]) {
        const clip = { startSeconds: 0, endSeconds: 1, vector: Float32Array.of(1, 2, 3) };
        await catalog.addVideo(readyVideo(), [clip], 'model');
        expect(await catalog.lastClipId()).toBe(VIDEOS * CLIPS_EACH + 1);
      }
    });

    it('goes on where it broke off, wherever that was', async () => {
      const source = await emptySqlite();
      await fill(source.database);
      const there = await open();
      let breaks = 0;
      for (let isDone = false; !isDone; ) {
        isDone = await migrateLibrary(source.rows, breakingAfter(there.rows, breaks === 0 ? 3 : 1)).then(
          () => true,
          (error) => {
            expect(error).toMatchObject({ message: 'The cable is out.' });
            return false;
          },
        );
        if (!isDone) breaks++;
      }
      expect(breaks).toBeGreaterThan(5);
      const verified = await migrateLibrary(source.rows, there.rows);
      expect(verified).toMatchObject({ copied: 0, rows: { videos: VIDEOS + 1 } });
    });

    it('adds nothing to a library that is another one', async () => {
      const source = await emptySqlite();
      await fill(source.database);
      const there = await open();
      await there.catalog.addVideo(readyVideo({ title: 'another' }), [], 'model');
      const before = await there.catalog.size();
      await expect(migrateLibrary(source.rows, there.rows)).rejects.toMatchObject({ code: 'conflict' });
      expect(await there.catalog.size()).toEqual(before);
    });
  });
}

async function emptySqlite(): Promise<RowsUnderTest & { database: LibraryDatabase }> {
  const database = new LibraryDatabase(join(await temporaryFolder(), 'videre.sqlite'));
  onTestFinished(() => database.close());
  return { database, rows: new SqliteLibraryRows(database), catalog: new SqliteCatalog(database) };
}

/** A library that has something of everything. */
async function fill(database: LibraryDatabase): Promise<void> {
  const random = seededRandom(7);
  const catalog = new SqliteCatalog(database);
  const jobs = new SqliteJobQueue(database);
  const webhooks = new SqliteWebhooks(database);
  const webhook = { url: 'https://example.org/', events: ['job.succeeded' as const], secret: 's' };
  await webhooks.add({ id: randomUUID(), createdAtMs: 5, ...webhook });
  const ids: string[] = [];
  for (let count = 0; count < VIDEOS; count++) {
    const video = readyVideo({
      title: `Größe ${count} "x" \\ 100 %`,
      tags: ['a, b', '{c}'],
      metadata: { z: [1e21, -0.1, { nul: '\0', emoji: '🎬' }], a: null },
      durationSeconds: random() * 1e6,
    });
    const clips = Array.from({ length: CLIPS_EACH }, (_, order) => ({
      startSeconds: order / 3,
      endSeconds: order / 3 + random(),
      vector: Float32Array.of(random() - 0.5, -0, 1e-45),
    }));
    await catalog.addVideo(video, clips, 'model');
    ids.push(video.id);
  }
  await new SqliteCaptions(database).saveCaption({ clipId: 5, text: 'A dog.', model: 'm', createdAtMs: 9 });
  const turn = { question: 'Who?', answer: 'A dog.', clipIds: [5] };
  await new SqliteConversations(database).addTurn('talk', { videoId: ids[0]! }, turn);
  const idempotency = { key: 'k', requestHash: 'h' };
  const { job } = await catalog.registerVideo(newVideo(), {
    enqueue: { id: randomUUID(), kind: 'ingest', payload: { n: 1 }, idempotency },
  });
  await jobs.claim('me', ['ingest']);
  await jobs.progress(job!.id, 'me', { stage: 'encoding', percent: 33.3, etaSeconds: 0.1 });
  await jobs.succeed(job!.id, 'me', { clips: 3 });
  await new SqliteApiKeys(database).addKey({
    id: 'key',
    name: 'n',
    scopes: ['read'],
    secretHash: Uint8Array.from({ length: 32 }, (_, order) => 255 - order),
    createdAtMs: 1,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
    lastUsedAtMs: undefined,
  });
  await catalog.deleteVideo(ids.at(-1)!);
  await catalog.registerVideo(newVideo(), { enqueue: { id: randomUUID(), kind: 'ingest', payload: {} } });
}

/** The same, until so many times something was stored. */
function breakingAfter(rows: LibraryRows, insertions: number): LibraryRows {
  let left = insertions;
  return {
    count: (table) => rows.count(table),
    rowsAfter: (table, after, limit) => rows.rowsAfter(table, after, limit),
    insert: async (table, added) => {
      if (left-- === 0) throw new Error('The cable is out.');
      await rows.insert(table, added);
    },
    lastNumbers: () => rows.lastNumbers(),
    raiseNumbers: (to) => rows.raiseNumbers(to),
  };
}
