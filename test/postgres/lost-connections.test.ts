import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { PostgresCatalog } from '../../src/adapters/catalog-postgres/postgres-catalog.js';
import { PostgresDatabase } from '../../src/adapters/catalog-postgres/postgres-database.js';
import { PostgresJobQueue } from '../../src/adapters/catalog-postgres/postgres-job-queue.js';
import { acceptUpload, newBlobKey } from '../../src/app/videos/accept-upload.js';
import { collected } from '../support/collected.js';
import { type Cut, cuttingProxy } from '../support/cutting-proxy.js';
import { installedPostgres, type RunningPostgres, startPostgres } from '../support/installed-postgres.js';
import { facts } from '../support/new-videos.js';
import { emptyLibrary } from '../support/postgres-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const programs = installedPostgres();
const CUTS: Cut[] = ['statement', 'answer'];

describe.skipIf(programs === undefined)(
  `a connection that is lost (skipped where no PostgreSQL is installed: ${programs ?? 'none'})`,
  () => {
    let server: RunningPostgres;
    let undisturbed: PostgresDatabase;

    beforeAll(async () => {
      server = await startPostgres(programs!);
      undisturbed = await PostgresDatabase.open(server.url);
    }, 120_000);
    afterAll(async () => {
      await undisturbed.close();
      await server.close();
    });
    beforeEach(() => emptyLibrary(undisturbed));

    /** A library on a way that breaks, and an upload into it. */
    async function uploading() {
      const proxy = await cuttingProxy(server.url);
      const database = await PostgresDatabase.open(proxy.url, { connections: 2 });
      onTestFinished(() => database.close());
      const blobs = new BlobFiles(join(await temporaryFolder(), 'blobs'));
      const catalog = new PostgresCatalog(database);
      const upload = async (content: string, key?: string) => {
        const blobKey = newBlobKey();
        const stored = await blobs.write(blobKey, Readable.from([Buffer.from(content)]));
        return acceptUpload({ catalog, blobs }, { ...stored, blobKey, name: 'film.mp4' }, {}, key);
      };
      return { ...proxy, database, catalog, blobs, upload };
    }

    it.each(CUTS)('within a commit (%s) leaves the file, and says that it may be stored', async (cut) => {
      const { cutAt, upload, blobs } = await uploading();
      cutAt('commit', cut);
      await expect(upload('film')).rejects.toMatchObject({
        code: 'database-unavailable',
        retryable: true,
        hint: expect.stringContaining('may be stored'),
      });
      expect(await collected(blobs.list())).toHaveLength(1);
      expect(await new PostgresCatalog(undisturbed).size()).toMatchObject({
        videos: cut === 'answer' ? 1 : 0,
      });
    });

    it.each(CUTS)('within a commit (%s): asked again, the upload is there once', async (cut) => {
      const { cutAt, upload, blobs, catalog } = await uploading();
      for (const key of [undefined, randomUUID()]) {
        const content = `film ${key}`;
        cutAt('commit', cut);
        await expect(upload(content, key)).rejects.toMatchObject({ code: 'database-unavailable' });
        const { video, job } = await upload(content, key);
        expect(await upload(content, key)).toMatchObject({ video: { id: video.id }, job: { id: job!.id } });
        expect(await blobs.size(video.blobKey!)).toBe(content.length);
        expect((await catalog.listVideos(10)).videos.filter(({ id }) => id === video.id)).toHaveLength(1);
      }
      expect(await catalog.size()).toMatchObject({ videos: 2 });
      expect(await new PostgresJobQueue(undisturbed).depth()).toEqual({ queued: 2, running: 0 });
    });

    it.each(CUTS)(
      'within the commit (%s) of a job’s end: it ends once, in this attempt or the next',
      async (cut) => {
        const { cutAt, upload, database, catalog } = await uploading();
        const queue = new PostgresJobQueue(database);
        const { video, job } = await upload('film');
        await queue.claim('me', ['ingest']);
        const complete = () =>
          catalog.completeVideo(
            video.id,
            facts,
            [{ startSeconds: 0, endSeconds: 1, vector: Float32Array.of(1) }],
            'model',
          );
        cutAt('commit', cut);
        await expect(complete()).rejects.toMatchObject({ details: { outcome: 'unknown' } });
        expect(await complete()).toBe(cut === 'statement');
        cutAt('commit', cut);
        await expect(queue.succeed(job!.id, 'me', {})).rejects.toMatchObject({ retryable: true });
        expect(await queue.succeed(job!.id, 'me', {})).toBe(cut === 'statement');
        expect(await queue.get(job!.id)).toMatchObject({ state: 'succeeded' });
        expect(await catalog.size()).toEqual({ videos: 1, clips: 1 });
      },
    );

    it('anywhere else stores nothing, keeps no file, and costs no connection', async () => {
      const { cutAt, upload, blobs, catalog } = await uploading();
      for (const words of ['begin', 'insert into "videos"', 'begin', 'insert into "jobs"', 'begin']) {
        cutAt(words, 'answer');
        const failure = await upload('film').catch((error) => error);
        expect([words, failure.code, failure.details.outcome]).toEqual([
          words,
          'database-unavailable',
          undefined,
        ]);
        expect(await collected(blobs.list())).toEqual([]);
      }
      expect(await catalog.size()).toEqual({ videos: 0, clips: 0 });
      expect((await upload('film')).video.status).toBe('processing');
    });
  },
);
