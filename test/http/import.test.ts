import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import {
  importJob,
  newArchiveKey,
  newImportJob,
  removeStrayArchives,
} from '../../src/app/archive/import-job.js';
import { LiveLoader } from '../../src/app/archive/live-loader.js';
import type { TransferredVideo } from '../../src/ports/library-transfer.js';
import { collected } from '../support/collected.js';
import { colourService } from '../support/colour-service.js';
import { facts, newVideo } from '../support/new-videos.js';
import { workingService } from '../support/working-service.js';

type Service = Awaited<ReturnType<typeof workingService>>;

async function sendArchive(
  { app }: Pick<Service, 'app'>,
  archive: ArrayBuffer | Buffer<ArrayBuffer> | string,
  query = '',
) {
  const form = new FormData();
  form.append('file', new Blob([archive]), 'library.tar');
  const response = await app.request(`/v1/import${query}`, { method: 'POST', body: form });
  return { response, body: (await response.json()) as { id: string; code?: string; hint?: string } };
}

/** A library of two videos, one with a caption, as an archive with its files. */
async function exported() {
  const service = await workingService();
  const red = await service.uploadReady({ framesPerSecond: 10, scenes: [['red', 2]] }, { title: 'Red' });
  await service.uploadReady({ framesPerSecond: 10, scenes: [['green', 2]] }, { title: 'Green' });
  const { catalog, answers } = service.library;
  const [clip] = await catalog.clipsOfVideo(red.id);
  await answers.captions.saveCaption({ clipId: clip!.id, text: 'All red.', model: 'm', createdAtMs: 1 });
  const response = await service.app.request('/v1/export?media=true');
  return { service, archive: await response.arrayBuffer() };
}

const filesOf = async ({ library }: Pick<Service, 'library'>) => collected(library.blobs.list());

describe('POST /v1/import', () => {
  it('takes in what /v1/export gave: found, described, captioned, with its files', async () => {
    const { archive } = await exported();
    const service = await workingService();
    const { response, body } = await sendArchive(service, archive);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/jobs/${body.id}`);
    expect(await service.ended(body.id)).toMatchObject({
      kind: 'import',
      state: 'succeeded',
      result: { added: 2, known: 0, clips: 2, files: 2 },
    });
    const search = await service.app.request('/v1/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'red', limit: 1 }),
    });
    const { results } = (await search.json()) as { results: { title: string; videoId: string }[] };
    expect(results).toMatchObject([{ title: 'Red' }]);
    expect((await service.app.request(`/v1/videos/${results[0]!.videoId}/media`)).status).toBe(200);
    const [clip] = await service.library.catalog.clipsOfVideo(results[0]!.videoId);
    expect(await service.library.answers.captions.captionsOf([clip!.id])).toMatchObject([
      { text: 'All red.' },
    ]);
    expect((await filesOf(service)).filter((key) => key.startsWith('imports/'))).toEqual([]);
  });

  it('adds to a library only where it is told to, and leaves alone what is known there', async () => {
    const { service, archive } = await exported();
    const refused = await sendArchive(service, archive);
    expect(refused).toMatchObject({
      body: { code: 'conflict', hint: expect.stringContaining('?merge=true') },
    });
    const { body } = await sendArchive(service, archive, '?merge=true');
    expect(await service.ended(body.id)).toMatchObject({ result: { added: 0, known: 2, files: 0 } });
  });

  it('takes in nothing of an archive that is damaged, cut short or none at all, and keeps none of it', async () => {
    const { archive } = await exported();
    const damaged = Buffer.from(archive.slice(0));
    damaged[damaged.indexOf('Red')]! ^= 1;
    const service = await workingService();
    for (const bytes of [damaged, archive.slice(0, archive.byteLength / 2), 'no archive']) {
      const { body } = await sendArchive(service, bytes);
      expect(await service.ended(body.id)).toMatchObject({
        state: 'failed',
        failure: { code: 'invalid-archive' },
      });
    }
    expect(await service.library.catalog.size()).toEqual({ videos: 0, clips: 0 });
    expect(await filesOf(service)).toEqual([]);
  });

  it('takes back what it took in when it fails half-way, and keeps the archive for another attempt', async () => {
    const { archive } = await exported();
    const service = await workingService();
    const { catalog } = service.library;
    const addVideo = catalog.addVideo.bind(catalog);
    let added = 0;
    let letGo = () => {};
    const looked = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    catalog.addVideo = async (...given) => {
      if (++added === 2) throw new Error('the second cannot be stored');
      if (added > 2) await looked;
      return addVideo(...given);
    };
    const { body } = await sendArchive(service, archive);
    await expect.poll(async () => (await service.library.jobs.get(body.id))?.failure).not.toBeNull();
    expect(await catalog.size()).toEqual({ videos: 0, clips: 0 });
    letGo();
    expect(await service.ended(body.id)).toMatchObject({
      state: 'succeeded',
      result: { added: 2, files: 2 },
    });
    expect((await filesOf(service)).filter((key) => key.startsWith('imports/'))).toEqual([]);
  });

  it('leaves alone what somebody sends while it is taken in, though it fails', async () => {
    const { library } = await colourService();
    const { catalog, blobs, jobs } = library;
    const theirs = newVideo({ blobKey: 'videos/theirs' });
    await catalog.registerVideo(theirs, { enqueue: { id: 'job', kind: 'ingest', payload: {} } });
    const archived: TransferredVideo = {
      ...theirs,
      ...facts,
      createdAtMs: 1,
      blobKey: 'videos/ours',
      clips: [],
    };
    for (const key of ['videos/theirs', 'videos/ours'])
      await blobs.write(key, Readable.from([Buffer.alloc(1)]));
    const { captions } = library.answers;
    const { model } = library.videoEncoder;
    const loader = await LiveLoader.open({ ...library, captions }, { jobId: 'job', model });
    await loader.add(archived, model.fingerprint);
    await loader.close();
    expect(await catalog.getVideo(theirs.id)).toMatchObject({ status: 'ready', blobKey: 'videos/theirs' });
    expect(await jobs.get('job')).toBeDefined();
    expect(await filesOf({ library })).toEqual(['videos/theirs']);
  });

  it('refuses what is no form with one file', async () => {
    const { app } = await colourService();
    const request = { method: 'POST', body: 'bytes', headers: { 'content-type': 'application/x-tar' } };
    expect((await app.request('/v1/import', request)).status).toBe(400);
  });

  it('refuses one that is announced to be too large, before any of it', async () => {
    const { app, library } = await colourService();
    const headers = { 'content-type': 'multipart/form-data; boundary=x', 'content-length': '99999999999' };
    const response = await app.request('/v1/import', { method: 'POST', body: 'nothing yet', headers });
    expect(response.status).toBe(413);
    expect(await filesOf({ library })).toEqual([]);
  });
});

describe('an attempt to import whose process is killed', () => {
  let archived: Promise<ArrayBuffer> | undefined;

  /** A library in which a job was killed when it had taken in the first of two videos, before its caption. */
  async function killedHalfWay() {
    archived ??= exported().then(({ archive }) => archive);
    const archive = await archived;
    const { library } = await colourService();
    const { catalog, blobs, jobs, videoEncoder } = library;
    const { captions } = library.answers;
    const archiveKey = newArchiveKey();
    await blobs.write(archiveKey, Readable.from([Buffer.from(archive)]));
    const job = await jobs.enqueue(newImportJob(archiveKey));
    const run = importJob({ ...library, captions, model: videoEncoder.model });
    const attempt = (number: number, signal = new AbortController().signal) =>
      run({ ...job, attempts: number }, { signal, report: () => {} });
    // A killed process puts nothing in order.
    const killed = new Error('killed');
    const dead = [
      vi.spyOn(captions, 'saveCaptions').mockRejectedValue(killed),
      vi.spyOn(catalog, 'deleteVideo').mockRejectedValue(killed),
      vi.spyOn(blobs, 'delete').mockRejectedValue(killed),
    ];
    await expect(attempt(1)).rejects.toThrow('killed');
    for (const method of dead) method.mockRestore();
    expect(await catalog.size()).toMatchObject({ videos: 1 });
    return { library, captions, job, attempt };
  }

  it('is completed by the next: every video once, with its caption and one file', async () => {
    const { library, captions, attempt } = await killedHalfWay();
    const { catalog, blobs } = library;
    expect(await attempt(2)).toMatchObject({ added: 2, known: 0 });
    const { videos } = await catalog.listVideos(10);
    expect(videos.map(({ title }) => title).sort()).toEqual(['Green', 'Red']);
    const red = videos.find(({ title }) => title === 'Red')!;
    const [clip] = await catalog.clipsOfVideo(red.id);
    expect(await captions.captionsOf([clip!.id])).toMatchObject([{ text: 'All red.' }]);
    for (const { blobKey } of videos) expect(await blobs.size(blobKey!)).toBeGreaterThan(0);
  });

  it('leaves nothing when the next fails, wherever that is', async () => {
    const { library, attempt } = await killedHalfWay();
    library.catalog.addVideo = () => Promise.reject(new Error('no more room'));
    await expect(attempt(2)).rejects.toThrow();
    expect(await library.catalog.size()).toEqual({ videos: 0, clips: 0 });
  });

  it('leaves nothing after the next start when there is no next', async () => {
    const { library, job } = await killedHalfWay();
    await library.jobs.cancel(job.id);
    expect(await removeStrayArchives(library.jobs, library)).toEqual([job.payload.archiveKey]);
    expect(await library.catalog.size()).toEqual({ videos: 0, clips: 0 });
  });
});

it('archives that no job will take in are removed', async () => {
  const { library } = await colourService();
  const { blobs, jobs } = library;
  const [needed, stray] = [newArchiveKey(), newArchiveKey()];
  for (const key of [needed, stray]) await blobs.write(key, Readable.from([Buffer.alloc(1)]));
  await jobs.enqueue(newImportJob(needed));
  expect(await removeStrayArchives(jobs, library)).toEqual([stray]);
  expect(await collected(blobs.list())).toEqual([needed]);
});
