import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { vectorToBlob } from '../../src/adapters/catalog-parts/clip-content.js';
import { readChosenBundle } from '../../src/adapters/catalog-postgres/chosen-bundle.js';
import { PgvectorIndex } from '../../src/adapters/catalog-postgres/pgvector-index.js';
import { PostgresApiKeys } from '../../src/adapters/catalog-postgres/postgres-api-keys.js';
import { PostgresCaptions } from '../../src/adapters/catalog-postgres/postgres-captions.js';
import { PostgresCatalog } from '../../src/adapters/catalog-postgres/postgres-catalog.js';
import { PostgresClipFinder } from '../../src/adapters/catalog-postgres/postgres-clip-finder.js';
import { PostgresConversations } from '../../src/adapters/catalog-postgres/postgres-conversations.js';
import type { PostgresDatabase } from '../../src/adapters/catalog-postgres/postgres-database.js';
import { PostgresJobQueue } from '../../src/adapters/catalog-postgres/postgres-job-queue.js';
import { PostgresLibraryRows } from '../../src/adapters/catalog-postgres/postgres-library-rows.js';
import { PostgresModelSwitch } from '../../src/adapters/catalog-postgres/postgres-model-switch.js';
import { PostgresWebhooks } from '../../src/adapters/catalog-postgres/postgres-webhooks.js';
import { clips } from '../../src/adapters/catalog-postgres/schema/videos.js';
import { followCatalog } from '../../src/app/follow-catalog.js';
import { SHIPPED_BUNDLE } from '../../src/cli/settings/table.js';
import { examinePostgresLibrary } from '../../src/composition/examine-postgres-library.js';
import type { ClipIndex } from '../../src/ports/clip-index.js';
import { collected } from '../support/collected.js';
import { clip, readyVideo } from '../support/new-videos.js';
import { pgliteServer } from '../support/postgres-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeApiKeys } from './api-keys.contract.js';
import { describeCaptionStore } from './caption-store.contract.js';
import { describeCatalog } from './catalog.contract.js';
import { describeClipFinder } from './clip-finder.contract.js';
import { clusteredVectors, describeClipIndex } from './clip-index.contract.js';
import { describeConversationStore } from './conversation-store.contract.js';
import { describeJobQueue } from './job-queue.contract.js';
import { describeLibraryRows } from './library-rows.contract.js';
import { describeModelSwitch } from './model-switch.contract.js';
import { describeWebhookStore } from './webhook-store.contract.js';

const server = pgliteServer();

describeCatalog('PostgresCatalog', async () => {
  const database = await server.empty();
  return { catalog: new PostgresCatalog(database), jobs: new PostgresJobQueue(database) };
});

describeJobQueue('PostgresJobQueue', async (limits) => {
  const database = await server.empty();
  let nowMs = 0;
  const [leaseMs, maxAttempts] = [30_000, 3];
  const options = { leaseMs, maxAttempts, clock: () => nowMs, ...limits };
  return {
    queue: new PostgresJobQueue(database, options),
    another: () => new PostgresJobQueue(server.another(), options),
    leaseMs,
    maxAttempts,
    pass: (milliseconds) => {
      nowMs += milliseconds;
    },
  };
});

describeApiKeys('PostgresApiKeys', async () => new PostgresApiKeys(await server.empty()));

describeWebhookStore('PostgresWebhooks', async () => {
  const database = await server.empty();
  const catalog = new PostgresCatalog(database);
  return { webhooks: new PostgresWebhooks(database), jobs: new PostgresJobQueue(database), catalog };
});

describeCaptionStore('PostgresCaptions', async () => {
  const database = await server.empty();
  return { captions: new PostgresCaptions(database), catalog: new PostgresCatalog(database) };
});

describeConversationStore('PostgresConversations', async (bounds) => {
  const database = await server.empty();
  const conversations = new PostgresConversations(database, bounds);
  return { conversations, catalog: new PostgresCatalog(database) };
});

describeClipFinder('PostgresClipFinder', async () => {
  const database = await server.empty();
  const [catalog, captions] = [new PostgresCatalog(database), new PostgresCaptions(database)];
  return { finder: new PostgresClipFinder(database), catalog, captions };
});

describeModelSwitch('PostgresModelSwitch', async () => {
  const database = await server.empty();
  const catalogOf = (model: string) => new PostgresCatalog(database, model);
  return { models: new PostgresModelSwitch(database), catalog: new PostgresCatalog(database), catalogOf };
});

describeLibraryRows('Postgres', async () => {
  const database = await server.empty();
  return { rows: new PostgresLibraryRows(database), catalog: new PostgresCatalog(database) };
});

describeClipIndex('PgvectorIndex', async (dimension) => {
  const database = await server.empty();
  const modelFingerprint = `model of ${dimension}`;
  const index = await PgvectorIndex.open({ database, dimension, modelFingerprint });
  return storedFirst(index, database, modelFingerprint);
});

it('PgvectorIndex searches and filters at once: the nearest of those that pass', async () => {
  const database = await server.empty();
  const [catalog, modelFingerprint] = [new PostgresCatalog(database), 'model of 8'];
  const index = await PgvectorIndex.open({ database, dimension: 8, modelFingerprint });
  const all = clusteredVectors(300, 8);
  for (let start = 0; start < all.length; start += 20) {
    const video = readyVideo({ title: `film ${start}`, tags: start % 100 === 0 ? ['fifth'] : [] });
    const vectors = all.slice(start, start + 20).map(({ vector }) => ({ ...clip, vector }));
    await catalog.addVideo(video, vectors, modelFingerprint);
  }
  await followCatalog(index, catalog);
  await index.settled();
  const fifths = all.flatMap(({ clipId }, order) => (order % 100 < 20 ? [clipId] : []));
  const query = all[7]!.vector;
  const found = await index.searchPassing(query, 10, { tags: ['fifth'], titleContains: 'FILM' });
  expect(found).toEqual(await index.search(query, 10, { among: fifths }));
  expect(await index.searchPassing(query, 10, { tags: ['none'] })).toEqual([]);
});

it('tells a process which bundle its library was switched to', async () => {
  const database = await server.empty();
  expect(await readChosenBundle(server.url())).toBeUndefined();
  await new PostgresModelSwitch(database).activate({ fingerprint: 'm', bundleFolder: '/models/m' }, []);
  expect(await readChosenBundle(server.url())).toBe('/models/m');
});

it('videre doctor finds what is wrong with a library in Postgres', async () => {
  const database = await server.empty();
  const folders = { dataFolder: await temporaryFolder(), bundleFolder: SHIPPED_BUNDLE };
  const examined = async (isDeep: boolean) => {
    const findings = await collected(
      examinePostgresLibrary({ databaseUrl: server.url(), ...folders }, isDeep),
    );
    return Object.fromEntries(findings.map(({ name, status, detail }) => [name, `${status}: ${detail}`]));
  };
  const sound = { server: /^ok/, pgvector: /^ok/, schema: /^ok: the newest/, disk: /^(ok|warn)/ };
  expect(await examined(true)).toMatchObject({ ...matching(sound), ...matching({ index: /none needed/ }) });

  const catalog = new PostgresCatalog(database);
  await catalog.addVideo(readyVideo(), [clip, clip], 'model of 2');
  const index = await PgvectorIndex.open({ database, dimension: 2, modelFingerprint: 'model of 2' });
  const [first] = await collected(catalog.vectorsAfter(0));
  await index.add(first!.slice(0, 1));
  const broken = {
    files: /^fail: 1 stored videos are gone/,
    vectors: /^fail: The vectors are of the model model of 2/,
    index: /^warn: 1 of 2 clips are not in it/,
  };
  expect(await examined(true)).toMatchObject(matching({ ...broken, database: /2 vectors match/ }));
  await database.run((connection) => connection.update(clips).set({ endSeconds: 9 }));
  expect(await examined(false)).toMatchObject(matching({ ...broken, database: /^ok: 1 videos, 2 clips/ }));
  expect(await examined(true)).toMatchObject(
    matching({ database: /^fail: Clip .* does not match its checksum/ }),
  );
});

const matching = (patterns: Record<string, RegExp>) =>
  Object.fromEntries(
    Object.entries(patterns).map(([name, pattern]) => [name, expect.stringMatching(pattern)]),
  );

/** It takes clips that the catalog has: as whoever ingests does, each is stored there before it is added. */
async function storedFirst(
  index: PgvectorIndex,
  database: PostgresDatabase,
  modelFingerprint: string,
): Promise<ClipIndex> {
  await database.run((connection) =>
    connection.execute(sql`
      insert into videos (id, content_hash, status, title, source_path, size_bytes, created_at_ms, updated_at_ms)
      values ('video', 'hash', 'ready', '', '', 1, 0, 0)
    `),
  );
  const rest = {
    videoId: 'video',
    startSeconds: 0,
    endSeconds: 1,
    modelFingerprint,
    checksum: Buffer.alloc(32),
  };
  return {
    dimension: index.dimension,
    restores: index.restores,
    get size() {
      return index.size;
    },
    get lastClipId() {
      return index.lastClipId;
    },
    add: async (added, throughClipId) => {
      const rows = added.map(({ clipId, vector }) => ({ id: clipId, vector: vectorToBlob(vector), ...rest }));
      await database.run((connection) => connection.insert(clips).values(rows).onConflictDoNothing());
      await index.add(added, throughClipId);
    },
    state: () => index.state(),
    remove: (clipIds) => index.remove(clipIds),
    search: (query, limit, options) => index.search(query, limit, options),
    clipIds: () => index.clipIds(),
    settled: () => index.settled(),
    save: () => index.save(),
    close: () => index.close(),
  };
}
