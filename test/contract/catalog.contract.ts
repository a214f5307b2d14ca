import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Video } from '../../src/domain/video.js';
import type { Catalog, VideoFilter } from '../../src/ports/catalog.js';
import type { JobQueue } from '../../src/ports/job-queue.js';
import { clip, facts, newJob, newVideo, readyVideo } from '../support/new-videos.js';

export interface CatalogUnderTest {
  catalog: Catalog;
  /** On the same database: a video and its job change together. */
  jobs: JobQueue;
}

const MODEL = 'model';

/** What every `Catalog` keeps of videos and the jobs that make them ready. */
export function describeCatalog(name: string, open: () => Promise<CatalogUnderTest>): void {
  describe(`${name} as a Catalog`, () => {
    const titlesOf = async (catalog: Catalog, filter: VideoFilter) =>
      (await catalog.listVideos(100, undefined, filter)).videos.map(({ title }) => title).sort();

    it('registers a video with its job, and completes it once', async () => {
      const { catalog, jobs } = await open();
      const given = newVideo({ tags: ['a'], metadata: { b: [1, { c: null }] } });
      const { video, job } = await catalog.registerVideo(given, { enqueue: newJob() });
      expect(video).toMatchObject({ ...given, status: 'processing', durationSeconds: null, revision: 1 });
      expect(await jobs.get(job!.id)).toMatchObject({ state: 'queued', videoId: given.id });
      expect(await catalog.completeVideo(given.id, facts, [clip, clip], MODEL)).toBe(true);
      expect(await catalog.getVideo(given.id)).toMatchObject({
        ...given,
        ...facts,
        status: 'ready',
        clipCount: 2,
        revision: 2,
      });
      expect(await catalog.completeVideo(given.id, facts, [clip], MODEL)).toBe(false);
      expect(await catalog.completeVideo('none', facts, [clip], MODEL)).toBe(false);
      expect(await catalog.size()).toEqual({ videos: 1, clips: 2 });
      expect(await catalog.clipsOfVideo(given.id)).toMatchObject([
        { id: 1, videoId: given.id, ...clip, modelFingerprint: MODEL },
        { id: 2 },
      ]);
    });

    it('gives all clips of a long video, by start, each once', async () => {
      const { catalog } = await open();
      const video = readyVideo();
      // Windows that overlap, of which some begin at once, and not in the order of their starts.
      const clips = Array.from({ length: 1203 }, (_, order) => {
        const startSeconds = Math.floor(((order * 7) % 1203) / 3);
        return { ...clip, startSeconds, endSeconds: startSeconds + 2 };
      });
      await catalog.addVideo(video, clips, MODEL);
      const given = await catalog.clipsOfVideo(video.id);
      const byStart = given.map(({ startSeconds, id }) => startSeconds * 10_000 + id);
      expect(byStart).toEqual([...byStart].sort((left, right) => left - right));
      expect(new Set(given.map(({ id }) => id)).size).toBe(1203);

      const first = await catalog.listClips(video.id, 700);
      const second = await catalog.listClips(video.id, 700, first.nextCursor);
      expect([...first.clips, ...second.clips]).toEqual(given);
      expect(second.nextCursor).toBeUndefined();
      expect((await catalog.listClips(video.id, 1203)).nextCursor).toBeUndefined();
      for (const cursor of ['1', '1_0', 'x_1', '-1_1', '1_1;']) {
        await expect(catalog.listClips(video.id, 1, cursor)).rejects.toMatchObject({ code: 'invalid-input' });
      }
    });

    it('registers the same content once, and says which job works on it', async () => {
      const { catalog } = await open();
      const given = newVideo();
      const first = await catalog.registerVideo(given, { enqueue: newJob() });
      const again = newVideo({ contentHash: given.contentHash });
      expect(await catalog.registerVideo(again, { enqueue: newJob() })).toEqual(first);
      await catalog.completeVideo(given.id, facts, [clip], MODEL);
      expect((await catalog.registerVideo(again, { enqueue: newJob() })).video).toMatchObject({
        id: given.id,
        status: 'ready',
      });
    });

    it('has a video follow its job: failed when that ends badly, under way when it is tried again', async () => {
      const { catalog, jobs } = await open();
      const { video, job } = await catalog.registerVideo(newVideo(), { enqueue: newJob() });
      const status = async () => (await catalog.getVideo(video.id))!.status;
      await jobs.cancel(job!.id);
      expect(await status()).toBe('failed');
      await jobs.retry(job!.id);
      expect(await status()).toBe('processing');
      await jobs.claim('me', ['ingest']);
      const failure = { code: 'unsupported-media', detail: 'No video.', hint: null };
      await jobs.fail(job!.id, 'me', failure, { verdict: 'failed' });
      expect(await status()).toBe('failed');
      const anew = await catalog.registerVideo(newVideo({ contentHash: video.contentHash }), {
        enqueue: newJob(),
      });
      expect(anew.video).toMatchObject({ id: video.id, status: 'processing' });
      expect(anew.job!.id).not.toBe(job!.id);
      await catalog.completeVideo(video.id, facts, [clip], MODEL);
      await jobs.cancel(anew.job!.id);
      expect(await status()).toBe('ready');
    });

    it('answers a repeated request with its job, though the video has failed meanwhile', async () => {
      const { catalog, jobs } = await open();
      const idempotency = { key: 'k', requestHash: 'h' };
      const given = newVideo();
      const first = await catalog.registerVideo(given, { enqueue: { ...newJob(), idempotency } });
      await jobs.cancel(first.job!.id);
      const again = await catalog.registerVideo(newVideo({ contentHash: given.contentHash }), {
        enqueue: { ...newJob(), idempotency },
      });
      expect(again).toMatchObject({ video: { status: 'failed' }, job: { id: first.job!.id } });
      const misused = { ...newJob(), idempotency: { ...idempotency, requestHash: 'other' } };
      await expect(catalog.registerVideo(newVideo(), { enqueue: misused })).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await catalog.size()).toEqual({ videos: 1, clips: 0 });
    });

    it('answers a repeated request with the video that needed no job', async () => {
      const { catalog } = await open();
      const video = readyVideo();
      await catalog.addVideo(video, [clip], MODEL);
      const request = (requestHash: string) =>
        catalog.registerVideo(newVideo({ contentHash: video.contentHash }), {
          enqueue: { ...newJob(), idempotency: { key: 'k', requestHash } },
        });
      const first = await request('h');
      expect(first).toMatchObject({ video: { id: video.id }, job: undefined });
      expect(await request('h')).toEqual(first);
      await expect(request('other')).rejects.toMatchObject({ code: 'conflict' });
      await catalog.deleteVideo(video.id);
      expect(await request('other')).toMatchObject({ job: { state: 'queued' } });
    });

    it('completes what is under way when the same content is added whole', async () => {
      const { catalog } = await open();
      const { video } = await catalog.registerVideo(newVideo(), { enqueue: newJob() });
      expect(await catalog.addVideo(readyVideo({ contentHash: video.contentHash }), [clip], MODEL)).toBe(
        true,
      );
      expect(await catalog.getVideo(video.id)).toMatchObject({ status: 'ready', clipCount: 1 });
      expect(await catalog.addVideo(readyVideo({ contentHash: video.contentHash }), [clip], MODEL)).toBe(
        false,
      );
      expect(await catalog.size()).toEqual({ videos: 1, clips: 1 });
    });

    it('deletes a video with its clips and jobs, and nothing else', async () => {
      const { catalog, jobs } = await open();
      const doomed = await catalog.registerVideo(newVideo(), { enqueue: newJob() });
      const kept = await catalog.registerVideo(newVideo(), { enqueue: newJob() });
      for (const { video } of [doomed, kept]) await catalog.completeVideo(video.id, facts, [clip], MODEL);
      const deleted = await catalog.deleteVideo(doomed.video.id);
      expect(deleted).toMatchObject({ video: { id: doomed.video.id }, clipIds: [1] });
      expect(await catalog.deleteVideo(doomed.video.id)).toBeUndefined();
      expect(await catalog.locateClips([1, 2])).toMatchObject([{ id: 2 }]);
      for await (const clipIds of catalog.clipIds()) expect(clipIds).toEqual([2]);
      expect(await jobs.get(doomed.job!.id)).toBeUndefined();
      expect(await jobs.get(kept.job!.id)).toBeDefined();
      expect(await catalog.blobKeys()).toEqual([kept.video.blobKey]);
      const back = await catalog.addVideo(
        readyVideo({ contentHash: doomed.video.contentHash }),
        [clip],
        MODEL,
      );
      expect(back).toBe(true);
      // An id is never used twice: whoever still holds the old one must not get another clip.
      expect(await catalog.lastClipId()).toBe(3);
    });

    it('changes what is said of a video, unless it was changed meanwhile', async () => {
      const { catalog } = await open();
      const video = readyVideo({ title: 'before', tags: ['kept'] });
      await catalog.addVideo(video, [clip], MODEL);
      const changed = await catalog.updateVideo(video.id, { title: 'after', metadata: { a: 1 } }, 1);
      expect(changed).toMatchObject({ title: 'after', tags: ['kept'], metadata: { a: 1 }, revision: 2 });
      await expect(catalog.updateVideo(video.id, { title: 'late' }, 1)).rejects.toMatchObject({
        code: 'precondition-failed',
      });
      expect(await catalog.getVideo(video.id)).toEqual(changed);
      expect(await catalog.updateVideo('none', { title: 'x' })).toBeUndefined();
    });

    it('lists what passes the filter', async () => {
      const { catalog } = await open();
      const add = (title: string, changes: Partial<Video>) =>
        catalog.addVideo(readyVideo({ title, ...changes }), [clip], MODEL);
      await add('A Dog', { tags: ['pets', 'a_b'], durationSeconds: 10, createdAtMs: 100 });
      await add('dogs 100%', { tags: ['pets "x"'], durationSeconds: 20, createdAtMs: 200 });
      await add('cats', { tags: ['axb'], durationSeconds: 30, createdAtMs: 300 });
      await catalog.registerVideo(newVideo({ title: 'coming' }), { enqueue: newJob() });
      const cases: [VideoFilter, string[]][] = [
        [{}, ['A Dog', 'cats', 'coming', 'dogs 100%']],
        [{ titleContains: 'DOG' }, ['A Dog', 'dogs 100%']],
        [{ titleContains: '0%' }, ['dogs 100%']],
        [{ titleContains: '%' }, ['dogs 100%']],
        [{ titleContains: '_' }, []],
        [{ titleContains: '\0' }, []],
        [{ titleContains: 'dog\0x' }, []],
        [{ titleContains: "'; drop table videos; --" }, []],
        [{ tag: 'pets' }, ['A Dog']],
        [{ tag: 'pets "x"' }, ['dogs 100%']],
        [{ tag: 'a_b' }, ['A Dog']],
        [{ minDurationSeconds: 20 }, ['cats', 'dogs 100%']],
        [{ maxDurationSeconds: 20 }, ['A Dog', 'dogs 100%']],
        [{ createdFromMs: 200, createdBeforeMs: 300 }, ['dogs 100%']],
        [{ status: 'processing' }, ['coming']],
        [{ titleContains: 'dog', minDurationSeconds: 15, tag: 'pets "x"' }, ['dogs 100%']],
      ];
      for (const [filter, titles] of cases)
        expect([filter, await titlesOf(catalog, filter)]).toEqual([filter, titles]);
    });

    it('shows every video exactly once, page by page, while others come and go', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 0, max: 9 }),
          fc.array(fc.constantFrom('add', 'delete a shown one', 'nothing'), { maxLength: 9 }),
          async (limit, count, meanwhile) => {
            const { catalog } = await open();
            const there: string[] = [];
            for (let position = 0; position < count; position++) {
              const video = readyVideo();
              await catalog.addVideo(video, [], MODEL);
              there.push(video.id);
            }
            const seen: string[] = [];
            let cursor: string | undefined;
            do {
              const page = await catalog.listVideos(limit, cursor);
              seen.push(...page.videos.map(({ id }) => id));
              expect(page.videos.length).toBeLessThanOrEqual(limit);
              cursor = page.nextCursor;
              const what = meanwhile.shift();
              if (what === 'add') await catalog.addVideo(readyVideo(), [], MODEL);
              if (what === 'delete a shown one') await catalog.deleteVideo(seen.at(-1) ?? '');
            } while (cursor !== undefined);
            expect(seen).toEqual(there.reverse());
          },
        ),
        { numRuns: 20 },
      );
    });
  });
}
