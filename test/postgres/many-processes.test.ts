import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PostgresCaptions } from '../../src/adapters/catalog-postgres/postgres-captions.js';
import { PostgresCatalog } from '../../src/adapters/catalog-postgres/postgres-catalog.js';
import { PostgresDatabase } from '../../src/adapters/catalog-postgres/postgres-database.js';
import { PostgresJobQueue } from '../../src/adapters/catalog-postgres/postgres-job-queue.js';
import { PostgresLibraryLoader } from '../../src/adapters/catalog-postgres/postgres-library-loader.js';
import { PostgresLibrarySnapshot } from '../../src/adapters/catalog-postgres/postgres-library-snapshot.js';
import { PostgresWebhooks } from '../../src/adapters/catalog-postgres/postgres-webhooks.js';
import type { Video } from '../../src/domain/video.js';
import type { NewVideo } from '../../src/ports/catalog.js';
import type { NewJob } from '../../src/ports/job-queue.js';
import { describeLibraryTransfer } from '../contract/library-transfer.contract.js';
import { collected } from '../support/collected.js';
import { installedPostgres, type RunningPostgres, startPostgres } from '../support/installed-postgres.js';
import { emptyLibrary } from '../support/postgres-server.js';

const programs = installedPostgres();
const PROCESSES = 4;
const KINDS = ['ingest'];
const facts = { container: 'mp4', codec: 'h264', width: 4, height: 3, durationSeconds: 2, frameCount: 60 };
const clip = { startSeconds: 0, endSeconds: 2, vector: Float32Array.of(1, 2) };

const newJob = (changes: Partial<NewJob> = {}): NewJob => ({
  id: randomUUID(),
  kind: 'ingest',
  payload: {},
  ...changes,
});

function newVideo(contentHash: string = randomUUID()): NewVideo {
  const id = randomUUID();
  const said = { title: 'film', description: '', tags: [], metadata: {} };
  return { id, contentHash, sizeBytes: 1, sourcePath: 'film.mp4', blobKey: `videos/${id}`, ...said };
}

function readyVideo(): Video {
  return { ...newVideo(), ...facts, status: 'ready', createdAtMs: 1, updatedAtMs: 1, revision: 1 };
}

describe.skipIf(programs === undefined)(
  `several processes on one library (skipped where no PostgreSQL is installed: ${programs ?? 'none'})`,
  () => {
    let server: RunningPostgres;
    let databases: PostgresDatabase[] = [];

    beforeAll(async () => {
      server = await startPostgres(programs!);
      // All at once: they bring the database to the newest schema one after the other.
      const opening = Array.from({ length: PROCESSES }, () => PostgresDatabase.open(server.url));
      databases = await Promise.all(opening);
      for (const database of databases) database.listen();
    }, 120_000);

    afterAll(async () => {
      for (const database of databases) await database.close();
      await server.close();
    });

    beforeEach(() => emptyLibrary(databases[0]!));

    const queues = () => databases.map((database) => new PostgresJobQueue(database));
    const catalogs = () => databases.map((database) => new PostgresCatalog(database));
    /** The same, asked for by every process twice at once. */
    const atOnce = <Part, Result>(parts: readonly Part[], work: (part: Part) => Promise<Result>) =>
      Promise.allSettled([...parts, ...parts].map(work));

    it('gives each job to one of those that reach for it, and none waits for another', async () => {
      const [first] = queues();
      const ids = await Promise.all(
        Array.from({ length: 100 }, async () => (await first!.enqueue(newJob())).id),
      );
      const claimed: string[] = [];
      await atOnce(queues(), async (queue) => {
        for (let job = await queue.claim('me', KINDS); job; job = await queue.claim('me', KINDS))
          claimed.push(job.id);
      });
      expect(claimed.sort()).toEqual(ids.sort());
    });

    it('stores content that arrives everywhere at once as one video with one job', async () => {
      const results = await atOnce(catalogs(), (catalog) =>
        catalog.registerVideo(newVideo('same'), { enqueue: newJob() }),
      );
      const values = results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason));
      expect(new Set(values.map(({ video }) => video.id)).size).toBe(1);
      expect(new Set(values.map(({ job }) => job.id)).size).toBe(1);
      expect(await queues()[0]!.depth()).toEqual({ queued: 1, running: 0 });
    });

    it('answers a request that is repeated everywhere at once with one job', async () => {
      const idempotency = { key: 'k', requestHash: 'h' };
      const results = await atOnce(queues(), (queue) => queue.enqueue(newJob({ idempotency })));
      const ids = results.map((result) => (result.status === 'fulfilled' ? result.value.id : result.reason));
      expect(new Set(ids).size).toBe(1);
    });

    it('lets one job go alone of those that want to', async () => {
      const results = await atOnce(queues(), (queue) => queue.enqueue(newJob({ isAlone: true })));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('completes a video once, whoever does it', async () => {
      const { video } = await catalogs()[0]!.registerVideo(newVideo(), { enqueue: newJob() });
      const results = await atOnce(catalogs(), (catalog) =>
        catalog.completeVideo(video.id, facts, [clip, clip], 'model'),
      );
      expect(results.filter((result) => result.status === 'fulfilled' && result.value)).toHaveLength(1);
      expect(await catalogs()[0]!.size()).toEqual({ videos: 1, clips: 2 });
    });

    it('shows clips in the order of their ids: who follows by the last one misses none', async () => {
      let isOver = false;
      const followed: number[] = [];
      const following = (async () => {
        for (let isLast = false; !isLast; ) {
          isLast = isOver;
          for await (const batch of catalogs()[0]!.vectorsAfter(followed.at(-1) ?? 0))
            followed.push(...batch.map(({ clipId }) => clipId));
        }
      })();
      await atOnce(catalogs(), async (catalog) => {
        for (let count = 0; count < 12; count++)
          await catalog.addVideo(readyVideo(), [clip, clip, clip], 'model');
      });
      isOver = true;
      await following;
      expect(followed).toHaveLength(PROCESSES * 2 * 12 * 3);
    });

    it('keeps deleting, ending and completing out of each other’s way', async () => {
      const [catalog, other] = catalogs();
      const [queue] = queues();
      for (let round = 0; round < 10; round++) {
        const { video, job } = await catalog!.registerVideo(newVideo(), { enqueue: newJob() });
        await queue!.claim('me', KINDS);
        await Promise.all([
          other!.deleteVideo(video.id),
          catalog!.completeVideo(video.id, facts, [clip], 'model'),
          queue!.succeed(job!.id, 'me', {}),
        ]);
        expect(await other!.getVideo(video.id)).toBeUndefined();
      }
      expect(await catalog!.size()).toEqual({ videos: 0, clips: 0 });
    });

    it('takes the job of a dead owner over once', async () => {
      const [queue] = queues();
      const { id } = await queue!.enqueue(newJob());
      await queue!.claim('dead', KINDS);
      const recoveries = await atOnce(queues(), (each) => each.recover(true));
      const requeued = recoveries.flatMap((result) =>
        result.status === 'fulfilled' ? result.value.requeued : [],
      );
      expect(requeued.map((job) => job.id)).toEqual([id]);
    });

    it('tells of a job in every process, as it happens', async () => {
      const [here, there] = queues();
      const { id } = await here!.enqueue(newJob());
      const story: unknown[] = [];
      for await (const { data } of there!.events(id, 0, AbortSignal.timeout(20_000))) {
        story.push(data.state);
        if (data.state === 'queued') await here!.claim('me', KINDS);
        if (data.state === 'running') await here!.succeed(id, 'me', {});
      }
      expect(story).toEqual(['queued', 'running', 'succeeded']);
    });

    it('reads a library as it was when the reading began, whatever is written meanwhile', async () => {
      const [catalog] = catalogs();
      await catalog!.addVideo(readyVideo(), [clip], 'model');
      const snapshot = await PostgresLibrarySnapshot.open(databases[1]!);
      await catalog!.addVideo(readyVideo(), [clip], 'model');
      expect(snapshot.counts).toEqual({ videos: 1, clips: 1 });
      expect(await collected(snapshot.videos())).toHaveLength(1);
      await snapshot.close();
    });

    it('has one process send messages, and another when that one is gone', async () => {
      const [webhooks, others] = databases.map((database) => new PostgresWebhooks(database));
      const webhook = { id: 'w', url: 'https://example.org', secret: 's', createdAtMs: 1 };
      await webhooks!.add({ ...webhook, events: ['job.cancelled'] });
      const [queue] = queues();
      await queue!.cancel((await queue!.enqueue(newJob())).id);
      expect(await webhooks!.pending(9)).toHaveLength(1);
      expect(await others!.pending(9)).toEqual([]);
      expect(await webhooks!.pending(9)).toHaveLength(1);
      await severConnections();
      await vi.waitFor(async () => expect(await others!.pending(9)).toHaveLength(1), { timeout: 20_000 });
    });

    it('goes on when the server has cut every connection: what was asked then may be asked again', async () => {
      const [queue, other] = queues();
      const { id } = await queue!.enqueue(newJob());
      const controller = new AbortController();
      const events = other!.events(id, 0, controller.signal)[Symbol.asyncIterator]();
      await events.next();
      const next = events.next();
      await severConnections();
      const claim = () => queue!.claim('me', KINDS);
      const claimed = await claim().catch((error) => {
        expect(error).toMatchObject({ code: 'database-unavailable', retryable: true });
        return claim();
      });
      expect(claimed).toMatchObject({ id });
      // Who listened is told when it listens again.
      expect((await next).value).toMatchObject({ data: { state: 'running' } });
      controller.abort();
    });

    describeLibraryTransfer('Postgres', async () => {
      const [catalog] = catalogs();
      return {
        catalog: catalog!,
        captions: new PostgresCaptions(databases[0]!),
        openSnapshot: () => PostgresLibrarySnapshot.open(databases[1]!),
        openLoader: () => PostgresLibraryLoader.open(databases[2]!),
      };
    });

    /** As a server that is started anew does. */
    async function severConnections(): Promise<void> {
      await databases[PROCESSES - 1]!.run((connection) =>
        connection.execute(sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid()
        `),
      );
    }
  },
);
