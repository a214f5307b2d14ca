import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ingestVideo } from '../../src/app/ingest-video.js';
import { processVideo } from '../../src/app/videos/process-video.js';
import { AppError } from '../../src/domain/errors.js';
import { collected } from '../support/collected.js';
import { colourService } from '../support/colour-service.js';
import { type VideoScript, writeScript } from '../support/colour-world.js';
import { findRemains } from '../support/find-remains.js';
import { clip, facts } from '../support/new-videos.js';
import { serveApp } from '../support/serve-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type AcceptedBody, videoForm, workingService } from '../support/working-service.js';

const scene = (colour: string, seconds = 3): VideoScript => ({
  framesPerSecond: 10,
  scenes: [[colour, seconds]],
});

const jsonRequest = (method: string, body: unknown, headers = {}) => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

interface SearchBody {
  results: { videoId: string }[];
}

async function found(service: Awaited<ReturnType<typeof workingService>>, query: string): Promise<string[]> {
  const response = await service.app.request('/v1/search', jsonRequest('POST', { query, limit: 10 }));
  return ((await response.json()) as SearchBody).results.map(({ videoId }) => videoId);
}

describe('from an upload to nothing', () => {
  it('is taken in, made ready, found, watched, deleted, and gone', async () => {
    const service = await workingService();
    const { app, library } = service;
    const { response, body } = await service.upload(scene('red'), {
      title: 'A red film',
      metadata: '{"reel":7}',
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/jobs/${body.job!.id}`);
    expect(body.video).toMatchObject({ status: 'processing', title: 'A red film', durationSeconds: null });

    expect(await service.ended(body.job!.id)).toMatchObject({
      state: 'succeeded',
      videoId: body.video!.id,
      percent: 100,
      result: { clipCount: 1, known: false },
    });
    const path = `/v1/videos/${body.video!.id}`;
    expect(await service.get(path)).toMatchObject({
      status: 'ready',
      durationSeconds: 3,
      clipCount: 1,
      metadata: { reel: 7 },
      stored: true,
      path: 'film.mp4',
    });
    expect(await found(service, 'red')).toEqual([body.video!.id]);
    const media = await app.request(`${path}/media`);
    expect(await media.json()).toEqual(scene('red'));

    const video = (await library.catalog.getVideo(body.video!.id))!;
    const clipIds = (await library.catalog.clipsOfVideo(video.id)).map(({ id }) => id);
    // What looks for remains sees all there is to see.
    expect(await findRemains(library, { video, clipIds })).toHaveLength(6);
    expect((await app.request(path, { method: 'DELETE' })).status).toBe(204);
    expect(await findRemains(library, { video, clipIds })).toEqual([]);
    expect(await found(service, 'red')).toEqual([]);
    for (const gone of [path, `${path}/media`, `${path}/clips`, `/v1/jobs/${body.job!.id}`])
      expect((await app.request(gone)).status).toBe(404);
    expect((await app.request(path, { method: 'DELETE' })).status).toBe(404);
    expect(await collected(library.blobs.list())).toEqual([]);
    expect(await library.index.clipIds()).toEqual([]);
    expect(await library.catalog.size()).toEqual({ videos: 0, clips: 0 });
    expect((await library.jobs.list(10)).jobs).toEqual([]);
  });

  it('comes back with the same content, as another video', async () => {
    const service = await workingService();
    const first = await service.uploadReady(scene('red'));
    await service.app.request(`/v1/videos/${first.id}`, { method: 'DELETE' });
    const second = await service.uploadReady(scene('red'));
    expect(second.id).not.toBe(first.id);
    expect(await found(service, 'red')).toEqual([second.id]);
  });

  it('is found although whoever stored its clips did not live to add them to the index', async () => {
    const { app, library } = await colourService();
    const script = JSON.stringify(scene('red'));
    const response = await app.request('/v1/videos', { method: 'POST', body: videoForm(script) });
    const { video, job } = (await response.json()) as AcceptedBody;
    const { fingerprint, dimension } = library.videoEncoder.model;
    const vector = new Float32Array(dimension).fill(1);
    await library.catalog.completeVideo(video!.id, facts, [{ ...clip, vector }], fingerprint);
    const again = processVideo(library)((await library.jobs.get(job!.id))!, {
      signal: new AbortController().signal,
      report: () => {},
    });
    expect(await again).toEqual({ videoId: video!.id, known: true });
    expect(library.index.size).toBe(1);
  });

  it('comes to nothing when it is deleted while its job runs', async () => {
    const service = await workingService();
    const { library } = service;
    const encode = library.videoEncoder.encode.bind(library.videoEncoder);
    library.videoEncoder.encode = async (...given) => {
      const [video] = (await library.catalog.listVideos(1)).videos;
      await service.app.request(`/v1/videos/${video!.id}`, { method: 'DELETE' });
      return encode(...given);
    };
    await service.upload(scene('red'));
    await vi.waitUntil(async () => (await library.catalog.size()).videos === 0, 10_000);
    await service.runner.drain(10_000);
    expect(await library.catalog.size()).toEqual({ videos: 0, clips: 0 });
    expect(await library.index.clipIds()).toEqual([]);
    expect(await collected(library.blobs.list())).toEqual([]);
  });
});

describe('POST /v1/videos', () => {
  it('begins to make it ready at once, not when somebody next has a look', async () => {
    const service = await workingService({}, { beatMs: 3_600_000 });
    expect(await service.uploadReady(scene('red'))).toMatchObject({ status: 'ready' });
  });

  it('makes one video of twenty identical uploads at once', async () => {
    const service = await workingService();
    const uploads = await Promise.all(Array.from({ length: 20 }, () => service.upload(scene('red'))));
    expect(new Set(uploads.map(({ body }) => body.video!.id)).size).toBe(1);
    expect(new Set(uploads.map(({ body }) => body.job!.id)).size).toBe(1);
    await service.ended(uploads[0]!.body.job!.id);
    expect(await service.library.catalog.size()).toEqual({ videos: 1, clips: 1 });
    expect(await collected(service.library.blobs.list('videos/'))).toHaveLength(1);
  });

  it('says 200 and where it is when the content is ready already', async () => {
    const service = await workingService();
    const video = await service.uploadReady(scene('red'));
    const { response, body } = await service.upload(scene('red'), { title: 'Another name' });
    expect(response.status).toBe(200);
    expect(response.headers.get('location')).toBe(`/v1/videos/${video.id}`);
    expect(body.video).toMatchObject({ id: video.id, title: 'film' });
  });

  it.each(['stored', 'referenced'])('takes an upload for the lost file of a %s video', async (place) => {
    const service = await workingService();
    const { app, library, folder } = service;
    let id: string;
    if (place === 'stored') {
      id = (await service.uploadReady(scene('red'))).id;
      for (const key of await library.catalog.blobKeys()) await library.blobs.delete(key);
    } else {
      const path = await writeScript(folder, 'red.mp4', scene('red'));
      id = (await ingestVideo(path, library)).video.id;
      await rm(path);
    }
    expect((await app.request(`/v1/videos/${id}/media`)).status).toBe(404);
    const { response } = await service.upload(scene('red'));
    expect(response.status).toBe(200);
    expect(await (await app.request(`/v1/videos/${id}/media`)).json()).toEqual(scene('red'));
    expect(await library.catalog.size()).toEqual({ videos: 1, clips: 1 });
    expect(await collected(library.blobs.list())).toHaveLength(1);
  });

  it('tries again with the upload, not with the lost file', async () => {
    const service = await workingService();
    const { library } = service;
    const probe = library.media.probe.bind(library.media);
    library.media.probe = async () => {
      throw new AppError('unsupported-media', 'Not today.');
    };
    const first = await service.upload(scene('red'));
    expect(await service.ended(first.body.job!.id)).toMatchObject({ state: 'failed' });
    for (const key of await library.catalog.blobKeys()) await library.blobs.delete(key);
    library.media.probe = probe;
    expect(await service.uploadReady(scene('red'))).toMatchObject({ id: first.body.video!.id, clipCount: 1 });
    expect(await collected(library.blobs.list())).toEqual(await library.catalog.blobKeys());
  });

  it('answers the same request under the same key with the same job, and refuses the key for another', async () => {
    const service = await workingService();
    const key = { 'idempotency-key': 'k1' };
    const first = await service.upload(scene('red'), {}, key);
    const again = await service.upload(scene('red'), {}, key);
    expect(again.body.job!.id).toBe(first.body.job!.id);
    const other = await service.upload(scene('blue'), {}, key);
    expect(other.response.status).toBe(409);
    await service.ended(first.body.job!.id);
    expect(await collected(service.library.blobs.list('videos/'))).toHaveLength(1);
  });

  it('remembers the key of a request whose content was known already', async () => {
    const service = await workingService();
    const first = await service.uploadReady(scene('red'));
    const key = { 'idempotency-key': 'k1' };
    const known = await service.upload(scene('red'), {}, key);
    expect(known.body.video).toMatchObject({ id: first.id });
    expect((await service.upload(scene('red'), {}, key)).body).toEqual(known.body);
    expect((await service.upload(scene('blue'), {}, key)).response.status).toBe(409);
  });

  it('tries again what had failed, when its content comes again', async () => {
    const service = await workingService();
    const { library } = service;
    const { probe } = library.media;
    library.media.probe = () => Promise.reject(new Error('a fault that goes away'));
    const broken = { ...scene('red'), endsBeforeFrame: 1 };
    const { body } = await service.upload(broken);
    await service.app.request(`/v1/jobs/${body.job!.id}/cancel`, { method: 'POST' });
    expect(await service.ended(body.job!.id)).toMatchObject({ state: 'cancelled' });
    expect(await service.get(`/v1/videos/${body.video!.id}`)).toMatchObject({ status: 'failed' });
    library.media.probe = probe;
    const second = await service.upload(broken);
    expect(second.body.video).toMatchObject({ id: body.video!.id });
    expect(second.body.job!.id).not.toBe(body.job!.id);
    expect(await service.ended(second.body.job!.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'truncated-media' },
    });
    expect(await collected(library.blobs.list('videos/'))).toHaveLength(1);
  });

  it('says why a file is no video, and marks it as failed', async () => {
    const service = await workingService();
    const response = await service.app.request('/v1/videos', {
      method: 'POST',
      body: videoForm('no script'),
    });
    const { video, job } = (await response.json()) as AcceptedBody;
    expect(await service.ended(job!.id)).toMatchObject({
      state: 'failed',
      attempts: 1,
      failure: { code: 'unsupported-media', hint: 'Write one.' },
    });
    expect(await service.get(`/v1/videos/${video!.id}`)).toMatchObject({ status: 'failed', clipCount: 0 });
  });

  it('refuses what is too large, and leaves nothing of it', async () => {
    const service = await workingService({
      intake: { maxUploadBytes: 100_000, mediaRoots: [], allowUrls: false },
    });
    for (const size of [100_001, 3_000_000]) {
      const body = videoForm('x'.repeat(size));
      const response = await service.app.request('/v1/videos', { method: 'POST', body });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ code: 'payload-too-large' });
    }
    expect(await collected(service.library.blobs.list())).toEqual([]);
  });

  it('leaves nothing of an upload whose sender goes midway', async () => {
    const service = await workingService();
    const url = await serveApp(service.app);
    const unfinished = join(service.folder, 'files', '.unfinished');
    const files = async () => (await readdir(unfinished).catch(() => [])).length;
    const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 1_000_000 };
    const sender = httpRequest(`${url}/v1/videos`, { method: 'POST', headers });
    sender.on('error', () => {});
    sender.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf');
    await vi.waitUntil(async () => (await files()) === 1, 10_000);
    sender.destroy();
    await vi.waitUntil(async () => (await files()) === 0, 10_000);
    expect(await collected(service.library.blobs.list())).toEqual([]);
    expect(await service.library.catalog.size()).toEqual({ videos: 0, clips: 0 });
  });

  it.each([
    [
      'a body that breaks off',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
    ],
    ['a body that is no multipart', 'multipart/form-data; boundary=b', 'nothing of the kind'],
    ['no boundary', 'multipart/form-data', '--b'],
    ['an empty body', 'multipart/form-data; boundary=b', ''],
    [
      'no file',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--b--\r\n',
    ],
    [
      'a file in another field',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="clip"; filename="a"\r\n\r\nx\r\n--b--\r\n',
    ],
    [
      'an unknown field',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name="colour"\r\n\r\nred\r\n--b--\r\n',
    ],
    [
      'metadata that is no JSON',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n',
    ],
  ])('refuses %s, and leaves nothing of it', async (_, type, body) => {
    const service = await workingService();
    const headers = { 'content-type': type };
    const response = await service.app.request('/v1/videos', { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-input' });
    expect(await collected(service.library.blobs.list())).toEqual([]);
    expect(await service.library.catalog.size()).toEqual({ videos: 0, clips: 0 });
  });

  it.each(['../../etc/passwd', '-y', 'a:b', 'a\u0000b\nc.mp4', '\u202egpj.4pm', `${'x'.repeat(300)}.mp4`])(
    'stores by id only what is called %j',
    async (name) => {
      const service = await workingService();
      const body = videoForm(JSON.stringify(scene('red')), {}, name);
      const response = await service.app.request('/v1/videos', { method: 'POST', body });
      expect(response.status).toBe(202);
      const { video } = (await response.json()) as AcceptedBody;
      expect(video!.title).toMatch(/^[^\p{Cc}\p{Bidi_Control}/]{1,300}$/u);
      expect(await collected(service.library.blobs.list())).toEqual([
        expect.stringMatching(/^videos\/[0-9a-f-]{36}$/),
      ]);
    },
  );

  it('takes a file on the server by its path, and leaves it there', async () => {
    const service = await workingService();
    const path = await writeScript(service.folder, 'green.mp4', scene('green'));
    const response = await service.app.request('/v1/videos', jsonRequest('POST', { path, tags: ['a', 'a'] }));
    expect(response.status).toBe(202);
    const { job } = (await response.json()) as AcceptedBody;
    const { videoId } = await service.ended(job!.id);
    expect(await service.get(`/v1/videos/${videoId}`)).toMatchObject({
      status: 'ready',
      path,
      stored: false,
      title: 'green',
      tags: ['a'],
    });
    const media = await service.app.request(`/v1/videos/${videoId}/media`);
    expect(await media.json()).toEqual(scene('green'));
    await service.app.request(`/v1/videos/${videoId}`, { method: 'DELETE' });
    expect((await service.app.request('/v1/videos', jsonRequest('POST', { path }))).status).toBe(202);
  });

  it('takes a path once, however often it is asked at once', async () => {
    const service = await workingService();
    const path = await writeScript(service.folder, 'green.mp4', scene('green'));
    const jobs = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const response = await service.app.request('/v1/videos', jsonRequest('POST', { path }));
        return ((await response.json()) as AcceptedBody).job!.id;
      }),
    );
    const results = await Promise.all(jobs.map((id) => service.ended(id)));
    expect(results.every(({ state }) => state === 'succeeded')).toBe(true);
    expect(results.filter(({ result }) => result!.known === false)).toHaveLength(1);
    expect(await service.library.catalog.size()).toEqual({ videos: 1, clips: 1 });
  });

  it('takes no file outside the folders that are allowed, by whatever way', async () => {
    const service = await workingService();
    const outside = await temporaryFolder();
    const secret = await writeScript(outside, 'secret.mp4', scene('red'));
    await symlink(secret, join(service.folder, 'link.mp4'));
    await symlink(outside, join(service.folder, 'folder'));
    await mkdir(join(outside, `${service.folder.split('/').at(-1)}-beside`));
    const paths = [
      secret,
      join(outside, 'none.mp4'),
      join(service.folder, 'link.mp4'),
      join(service.folder, 'folder', 'secret.mp4'),
      `${service.folder}/../${outside.split('/').at(-1)}/secret.mp4`,
      `${service.folder}-beside/film.mp4`,
      '/proc/self/environ',
      service.folder,
    ];
    for (const path of paths) {
      const response = await service.app.request('/v1/videos', jsonRequest('POST', { path }));
      expect([path, response.status]).toEqual([path, 403]);
    }
    for (const path of ['film.mp4', 'file:///etc/passwd', `${service.folder}/a\0b`]) {
      const response = await service.app.request('/v1/videos', jsonRequest('POST', { path }));
      expect([path, response.status]).toEqual([path, 400]);
    }
    const missing = await service.app.request(
      '/v1/videos',
      jsonRequest('POST', { path: join(service.folder, 'none.mp4') }),
    );
    expect(missing.status).toBe(404);
  });

  it('does not follow a path that became a link between the request and its job', async () => {
    const { app, library, folder } = await colourService();
    const path = await writeScript(folder, 'film.mp4', scene('red'));
    const response = await app.request('/v1/videos', jsonRequest('POST', { path }));
    const { job } = (await response.json()) as AcceptedBody;
    await rm(path);
    await symlink(await writeScript(await temporaryFolder(), 'secret.mp4', scene('blue')), path);
    const work = processVideo(library)((await library.jobs.get(job!.id))!, {
      signal: new AbortController().signal,
      report: () => {},
    });
    await expect(work).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('PATCH /v1/videos/{id}', () => {
  it('changes what is given, merges metadata, and counts the change', async () => {
    const service = await workingService();
    const { id } = await service.uploadReady(scene('red'), { metadata: '{"a":1,"b":{"c":2,"d":3}}' });
    const path = `/v1/videos/${id}`;
    const before = await service.app.request(path);
    const patch = { tags: ['x', 'y'], metadata: { a: null, b: { c: 4 }, __proto__: 'kept as a name' } };
    const response = await service.app.request(path, jsonRequest('PATCH', patch));
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).not.toBe(before.headers.get('etag'));
    expect(await response.json()).toMatchObject({
      title: 'film',
      tags: ['x', 'y'],
      metadata: { b: { c: 4, d: 3 } },
    });
  });

  it('changes nothing when the video was changed meanwhile', async () => {
    const service = await workingService();
    const { id } = await service.uploadReady(scene('red'));
    const path = `/v1/videos/${id}`;
    const etag = (await service.app.request(path)).headers.get('etag')!;
    const change = (title: string) =>
      service.app.request(path, jsonRequest('PATCH', { title }, { 'if-match': etag }));
    expect((await change('first')).status).toBe(200);
    expect((await change('second')).status).toBe(412);
    expect(await service.get(path)).toMatchObject({ title: 'first' });
  });

  it('keeps metadata within its size, whatever the patches add up to', async () => {
    const service = await workingService();
    const { id } = await service.uploadReady(scene('red'));
    const patch = (name: string) =>
      service.app.request(
        `/v1/videos/${id}`,
        jsonRequest('PATCH', { metadata: { [name]: 'x'.repeat(40_000) } }),
      );
    expect((await patch('a')).status).toBe(200);
    const second = await patch('b');
    expect(second.status).toBe(400);
    expect(await second.json()).toMatchObject({ issues: [{ path: 'json.metadata' }] });
    expect((await patch('a')).status).toBe(200);
  });

  it.each([33, 12_000, 150_000])('refuses metadata of %i levels', async (levels) => {
    const service = await workingService();
    const nested = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const { id } = await service.uploadReady(scene('red'));
    const response = await service.app.request(`/v1/videos/${id}`, {
      ...jsonRequest('PATCH', {}),
      body: `{"metadata":${nested}}`,
    });
    expect(response.status).toBe(400);
    if (levels > 20_000) return;
    const { response: upload, body } = await service.upload(scene('green'), { metadata: nested });
    expect([upload.status, body]).toMatchObject([400, { code: 'invalid-input' }]);
  });

  it.each([{ title: '' }, { title: null }, { tags: [''] }, { id: 'x' }, { metadata: [] }, []])(
    'refuses %j',
    async (patch) => {
      const service = await workingService();
      const { id } = await service.uploadReady(scene('red'));
      const response = await service.app.request(`/v1/videos/${id}`, jsonRequest('PATCH', patch));
      expect(response.status).toBe(400);
    },
  );
});
