import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { D1EdgeCopy } from '../../src/adapters/edge-copy-d1/d1-edge-copy.js';
import { EdgeRequests } from '../../src/adapters/edge-copy-http/edge-requests.js';
import { HttpEdgeCopy } from '../../src/adapters/edge-copy-http/http-edge-copy.js';
import { factsChecksum } from '../../src/app/edge/edge-checksums.js';
import { type PushSource, pushLibrary } from '../../src/app/edge/push-library.js';
import { createPublishApp } from '../../src/http/edge/create-publish-app.js';
import { EDGE_FILE_PART_BYTES, type EdgeCopy } from '../../src/ports/edge-copy.js';
import type { NumberedVideo } from '../../src/ports/library-transfer.js';
import type { MediaInfo, MediaReader, VideoFrame } from '../../src/ports/media-reader.js';
import { colourModel } from '../support/colour-world.js';
import { startEdgeStorage } from '../support/edge-storage.js';
import { facts as mediaFacts } from '../support/new-videos.js';
import { serveApp } from '../support/serve-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PUSH_KEY = 'a-key-that-only-the-publisher-has';

let database: D1Database;
let files: R2Bucket;
beforeAll(async () => {
  ({ database, files } = await startEdgeStorage());
});
beforeEach(async () => {
  await database.batch(
    [
      'videos',
      'library_models',
      'edge_library',
      'edge_uploads',
      'edge_staged_clips',
      'edge_staged_blocks',
      'api_keys',
    ].map((table) => database.prepare(`delete from ${table}`)),
  );
  const { objects } = await files.list();
  await files.delete(objects.map(({ key }) => key));
});

let nextNumber = 0;

/** A library in memory, whose videos are files of random bytes. */
class Library {
  readonly folder: string;
  readonly blobs: BlobFiles;
  videos: NumberedVideo[] = [];
  model = 'model 1';

  constructor(folder: string) {
    this.folder = folder;
    this.blobs = new BlobFiles(join(folder, 'blobs'));
  }

  static async open(): Promise<Library> {
    return new Library(await temporaryFolder());
  }

  async add(
    title: string,
    clipCount: number,
    content: Uint8Array = Buffer.from(randomUUID()),
  ): Promise<NumberedVideo> {
    const path = join(this.folder, title);
    await mkdir(this.folder, { recursive: true });
    await writeFile(path, content);
    const video: NumberedVideo = {
      ...mediaFacts,
      id: randomUUID(),
      sequence: ++nextNumber,
      contentHash: createHash('sha256').update(content).digest('hex'),
      title,
      description: 'said of it',
      tags: ['a', "b's"],
      metadata: { deep: [1, { x: null }] },
      sourcePath: path,
      blobKey: null,
      sizeBytes: content.byteLength,
      durationSeconds: 0.1 + clipCount / 3,
      createdAtMs: 1234,
      updatedAtMs: 5678,
      revision: 3,
      clips: newClips(clipCount),
    };
    this.videos.push(video);
    return video;
  }

  change(id: string, changes: Partial<NumberedVideo>): void {
    this.videos = this.videos.map((video) => (video.id === id ? { ...video, ...changes } : video));
  }

  /** As after `videre models use`: all vectors and clips are others. */
  switchModel(model: string): void {
    this.model = model;
    this.videos = this.videos.map((video) => ({ ...video, clips: newClips(video.clips.length) }));
  }

  source(): PushSource {
    const { videos, model, blobs } = this;
    const facts = {
      model: { ...colourModel, fingerprint: model },
      relevance: [0.1, 0.2],
      captions: ['something else'],
      captionVectors: [Float32Array.of(0.1, 0.2, 0.3)],
    };
    return {
      snapshot: {
        modelFingerprint: model,
        counts: { videos: videos.length, clips: videos.reduce((sum, { clips }) => sum + clips.length, 0) },
        numberedVideos: async function* () {
          yield* videos;
        },
        videos: () => {
          throw new Error('not asked for');
        },
        close: async () => {},
      },
      blobs,
      media: new OneFrameReader(),
      pictures: { jpeg: async ({ pixels }) => pixels },
      facts: { ...facts, checksum: factsChecksum(facts) },
    };
  }
}

/** Every file has frames of one pixel, thirty a second. */
class OneFrameReader implements Pick<MediaReader, 'probe' | 'frames'> {
  async probe(): Promise<MediaInfo> {
    const frameTimes = Float64Array.from({ length: 60 }, (_, order) => order / 30);
    return {
      ...mediaFacts,
      width: 1,
      height: 1,
      rotationDegrees: 0,
      hasAudio: false,
      frameTimes,
    };
  }

  async *frames(
    _path: string,
    { frameTimes }: MediaInfo,
    indices: readonly number[],
  ): AsyncGenerator<VideoFrame> {
    for (const index of indices) {
      yield {
        index,
        timeSeconds: frameTimes[index]!,
        width: 1,
        height: 1,
        pixels: Uint8Array.of(index, 2, 3),
      };
    }
  }
}

function newClips(count: number): NumberedVideo['clips'] {
  return Array.from({ length: count }, (_, order) => ({
    id: ++nextNumber,
    startSeconds: order / 3,
    endSeconds: order / 3 + 0.1,
    vector: Float32Array.from({ length: 3 }, () => Math.random() - 0.5),
    ...(order === 0 && { caption: { text: `caption ${nextNumber}`, model: 'm', createdAtMs: 9 } }),
  }));
}

/** What readers of the copy see, by video. */
async function seen() {
  const { results: videos } = await database
    .prepare(
      'select id, sequence, title, tags, metadata, source_path, content_hash, duration_seconds, revision from videos order by sequence',
    )
    .all<{
      id: string;
      content_hash: string;
      title: string;
      source_path: string;
      duration_seconds: number;
    }>();
  const { results: clips } = await database
    .prepare(
      `select clips.id, video_id, start_seconds, end_seconds, vector, captions.text as caption
      from clips left join captions on clip_id = clips.id
      where model_fingerprint = (select fingerprint from library_models) order by clips.id`,
    )
    .all<{
      id: number;
      video_id: string;
      start_seconds: number;
      end_seconds: number;
      vector: number[];
      caption: string | null;
    }>();
  const { results: blocks } = await database
    .prepare(
      `select video_id, clip_ids, codes from edge_vector_blocks
      where model_fingerprint = (select fingerprint from library_models) order by id`,
    )
    .all<{ video_id: string; clip_ids: number[]; codes: number[] }>();
  return { videos, clips, blocks };
}

async function seenById() {
  const { videos, clips, blocks } = await seen();
  const floats = (bytes: number[]) => [...new Float32Array(Uint8Array.from(bytes).buffer)];
  const ids = (bytes: number[]) => [...new Float64Array(Uint8Array.from(bytes).buffer)];
  return new Map(
    videos.map((video) => [
      video.id,
      {
        title: video.title,
        durationSeconds: video.duration_seconds,
        clips: clips
          .filter(({ video_id }) => video_id === video.id)
          .map(({ id, start_seconds, end_seconds, vector, caption }) => ({
            id,
            startSeconds: start_seconds,
            endSeconds: end_seconds,
            vector: floats(vector),
            caption,
          })),
        searched: blocks
          .filter(({ video_id }) => video_id === video.id)
          .flatMap(({ clip_ids }) => ids(clip_ids)),
      },
    ]),
  );
}

/** What they should see of a video of the library. */
function expected({ title, durationSeconds, clips }: NumberedVideo) {
  return {
    title,
    durationSeconds,
    clips: clips.map(({ id, startSeconds, endSeconds, vector, caption }) => ({
      id,
      startSeconds,
      endSeconds,
      vector: [...vector],
      caption: caption?.text ?? null,
    })),
    searched: clips.map(({ id }) => id),
  };
}

async function expectCopyOf(library: Library): Promise<void> {
  expect(await seenById()).toEqual(new Map(library.videos.map((video) => [video.id, expected(video)])));
  const { objects } = await files.list();
  const media = objects.map(({ key }) => key).filter((key) => key.startsWith('media/'));
  expect(media.sort()).toEqual(library.videos.map(({ contentHash }) => `media/${contentHash}`).sort());
  expect(objects).toHaveLength(2 * library.videos.length);
  const left = await database
    .prepare(
      `select (select count(*) from edge_staged_clips) + (select count(*) from edge_staged_blocks)
        + (select count(*) from edge_uploads)
        + (select count(*) from clips where model_fingerprint <> (select fingerprint from library_models)) as n`,
    )
    .first<number>('n');
  expect(left).toBe(0);
}

/** Counts the methods that are called, and is dead from one of them on: before that is done, or just after. */
function watched(edge: EdgeCopy, end?: { at: number; when: 'before' | 'after' }) {
  const calls: string[] = [];
  const copy = new Proxy(edge, {
    get: (target, name: keyof EdgeCopy) => {
      const method = target[name] as (...values: unknown[]) => Promise<unknown>;
      return async (...values: unknown[]) => {
        calls.push(name);
        const isEnd = end !== undefined && calls.length >= end.at;
        if (isEnd && end.when === 'before') throw new Error('killed');
        const result = await method.apply(target, values);
        if (isEnd) throw new Error('killed');
        return result;
      };
    },
  });
  return {
    copy,
    calls,
    counts: () =>
      Object.fromEntries(
        [...new Set(calls)].map((name) => [name, calls.filter((call) => call === name).length]),
      ),
  };
}

const edge = () => new D1EdgeCopy(database, files);

describe('videre edge push', () => {
  it('makes a copy, and sends only what differs the next time', async () => {
    const library = await Library.open();
    const [patched, doomed] = [await library.add('one', 3), await library.add('two', 2)];
    await library.add('three', 1);
    expect(await pushLibrary(library.source(), edge())).toMatchObject({
      videos: 3,
      clips: 6,
      added: 3,
      files: 3,
    });
    await expectCopyOf(library);
    const [{ id: keptBlock }] = (
      await database
        .prepare('select id from edge_vector_blocks where video_id = ?')
        .bind(patched.id)
        .all<{ id: number }>()
    ).results as [{ id: number }];

    const again = watched(edge());
    expect(await pushLibrary(library.source(), again.copy)).toMatchObject({
      added: 0,
      changed: 0,
      removed: 0,
      files: 0,
    });
    expect(again.counts()).toEqual({ held: 2, heldVideos: 1, heldFiles: 2, begin: 1 });

    library.change(patched.id, { title: 'another title', revision: 4 });
    library.videos = library.videos.filter(({ id }) => id !== doomed.id);
    await library.add('four', 2);
    const third = watched(edge());
    expect(await pushLibrary(library.source(), third.copy)).toMatchObject({
      added: 1,
      changed: 1,
      removed: 1,
      files: 1,
    });
    expect(third.counts()).toMatchObject({
      write: 1,
      putFile: 1,
      putPictures: 1,
      removeVideos: 1,
      removeFiles: 1,
    });
    await expectCopyOf(library);
    const kept = database.prepare('select 1 as there from edge_vector_blocks where id = ?').bind(keptBlock);
    expect(await kept.first('there')).toBe(1);
  });

  it('tells what it would do, and does nothing', async () => {
    const library = await Library.open();
    await library.add('one', 3);
    const watching = watched(edge());
    expect(await pushLibrary(library.source(), watching.copy, { dryRun: true })).toMatchObject({
      added: 1,
      files: 1,
    });
    expect(watching.counts()).toEqual({ held: 1, heldVideos: 1, heldFiles: 2 });
    expect((await seen()).videos).toEqual([]);
  });

  it('ended anywhere, readers saw whole videos only, and the next push makes the copy whole', {
    timeout: 240_000,
  }, async () => {
    const library = await Library.open();
    const [patched, doomed] = [await library.add('one', 2), await library.add('two', 1)];
    await pushLibrary(library.source(), edge());
    const before = await seenById();
    library.change(patched.id, { title: 'changed', clips: newClips(3) });
    library.videos = library.videos.filter(({ id }) => id !== doomed.id);
    await library.add('three', 2);
    await library.add('four', 140);
    let ends = 0;
    for (let at = 1; ; at++) {
      const when = at % 2 === 0 ? 'before' : 'after';
      const { copy, calls } = watched(edge(), { at, when });
      const outcome = await pushLibrary(library.source(), copy).then(
        () => 'done',
        (error: Error) => error.message,
      );
      const wanted = new Map(library.videos.map((video) => [video.id, expected(video)]));
      for (const [id, video] of await seenById()) {
        expect([before.get(id), wanted.get(id)]).toContainEqual(video);
      }
      if (calls.length < at) break;
      expect(outcome).toBe('killed');
      ends++;
    }
    expect(ends).toBeGreaterThan(10);
    await expectCopyOf(library);
  });

  it('another model is searched when all vectors are there, and not before, wherever it is ended', {
    timeout: 240_000,
  }, async () => {
    const library = await Library.open();
    await library.add('one', 2);
    await library.add('two', 1);
    await pushLibrary(library.source(), edge());
    const before = await seenById();
    library.switchModel('model 2');
    await library.add('three', 1);
    const wanted = new Map(library.videos.map((video) => [video.id, expected(video)]));
    for (let at = 1; ; at++) {
      const { copy, calls } = watched(edge(), { at, when: at % 2 === 0 ? 'before' : 'after' });
      await pushLibrary(library.source(), copy).catch(() => {});
      const model = await database.prepare('select fingerprint from library_models').first('fingerprint');
      const now = await seenById();
      if (model === 'model 1') expect(now).toEqual(before);
      else for (const [id, video] of now) expect(video).toEqual(wanted.get(id));
      if (calls.length < at) break;
    }
    expect(await database.prepare('select model from edge_library').first('model')).toContain('model 2');
    await expectCopyOf(library);
  });

  it('a push that begins takes the place of one that is under way', async () => {
    const library = await Library.open();
    await library.add('one', 2);
    const second = edge();
    const first = new Proxy(edge(), {
      get: (target, name: keyof EdgeCopy) => {
        const method = (target[name] as (...values: unknown[]) => Promise<unknown>).bind(target);
        return async (...values: unknown[]) => {
          // The other one comes when the file is there and the video is not.
          if (name === 'write') await pushLibrary(library.source(), second);
          return method(...values);
        };
      },
    });
    await expect(pushLibrary(library.source(), first)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Another push'),
    });
    await expectCopyOf(library);
  });

  it('leaves the copy of another library alone, unless it is to take its place', async () => {
    const [one, other] = [await Library.open(), await Library.open()];
    await one.add('one', 1);
    await other.add('other', 2);
    await pushLibrary(one.source(), edge());
    await expect(pushLibrary(other.source(), edge())).rejects.toMatchObject({ code: 'conflict' });
    await expectCopyOf(one);
    await pushLibrary(other.source(), edge(), { replace: true });
    await expectCopyOf(other);
  });

  it('a video whose file is gone goes without it', async () => {
    const library = await Library.open();
    const { id } = await library.add('lost', 2);
    library.change(id, { sizeBytes: 7 });
    const missing: string[] = [];
    await pushLibrary(library.source(), edge(), { onMissing: (title) => missing.push(title) });
    expect(missing).toEqual(['lost']);
    expect((await files.list()).objects).toEqual([]);
    expect((await seen()).videos).toMatchObject([{ id, source_path: 'lost' }]);
    // And it is not tried anew every time.
    const again = watched(edge());
    await pushLibrary(library.source(), again.copy);
    expect(again.counts()).not.toHaveProperty('write');
  });

  it('API keys go along when they are to, and take the place of those before', async () => {
    const library = await Library.open();
    await library.add('one', 1);
    const key = (id: string, revokedAtMs?: number) => ({
      id,
      name: `key ${id}`,
      scopes: ['read' as const],
      secretHash: new Uint8Array(32).fill(7),
      createdAtMs: 1,
      expiresAtMs: undefined,
      revokedAtMs,
      lastUsedAtMs: undefined,
    });
    await pushLibrary({ ...library.source(), keys: [key('a'), key('b')] }, edge());
    await pushLibrary(library.source(), edge());
    const stored = () =>
      database.prepare('select id, revoked_at_ms as revokedAtMs, scopes from api_keys order by id').all();
    expect((await stored()).results).toHaveLength(2);
    await pushLibrary({ ...library.source(), keys: [key('b', 5), key('c')] }, edge());
    expect((await stored()).results).toEqual([
      { id: 'b', revokedAtMs: 5, scopes: '["read"]' },
      { id: 'c', revokedAtMs: null, scopes: '["read"]' },
    ]);
  });
});

describe('videre edge push over HTTP', () => {
  const serve = async (copy: EdgeCopy = edge()) => {
    const faults: unknown[] = [];
    const app = createPublishApp({ edge: copy, pushKey: PUSH_KEY, logFault: (fault) => faults.push(fault) });
    return { url: await serveApp(app), faults };
  };
  const over = (url: string, key = PUSH_KEY) => new EdgeRequests(url, key, undefined, async () => {});

  it('makes the same copy, large files in parts, of which those that are there are not sent again', {
    timeout: 120_000,
  }, async () => {
    const library = await Library.open();
    await library.add('small', 200);
    await library.add('large', 1, Buffer.alloc(2 * EDGE_FILE_PART_BYTES + 1234, 'a video'));
    const dying = watched(edge(), { at: 12, when: 'after' });
    const { url } = await serve(dying.copy);
    await expect(pushLibrary(library.source(), new HttpEdgeCopy(over(url)))).rejects.toMatchObject({
      code: 'edge-unavailable',
    });
    const held = await database.prepare('select count(*) as n from edge_upload_parts').first<number>('n');
    const resumed = watched(edge());
    const again = await serve(resumed.copy);
    const requests = over(again.url);
    await pushLibrary(library.source(), new HttpEdgeCopy(requests));
    await expectCopyOf(library);
    expect(resumed.counts().putFilePart ?? 0).toBe(3 - held!);
    expect(requests.traffic.requests).toBe(resumed.calls.length);
    expect(again.faults).toEqual([]);
  });

  it('asks again when the Worker is away for a moment', async () => {
    const library = await Library.open();
    await library.add('one', 2);
    let calls = 0;
    const shaky = new Proxy(edge(), {
      get: (target, name: keyof EdgeCopy) => {
        const method = (target[name] as (...values: unknown[]) => Promise<unknown>).bind(target);
        return async (...values: unknown[]) => {
          const answer = await method(...values);
          // Every other answer is lost after the work is done.
          if (++calls % 2 === 1) throw new Error('lost');
          return answer;
        };
      },
    });
    const { url } = await serve(shaky);
    await pushLibrary(library.source(), new HttpEdgeCopy(over(url)));
    await expectCopyOf(library);
  });

  it.each(['', 'Bearer another key', `bearer ${PUSH_KEY} more`])(
    'lets nobody in with %j',
    async (authorization) => {
      const { url } = await serve();
      const answer = await fetch(`${url}/v1/edge`, {
        headers: authorization === '' ? {} : { authorization },
      });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ code: 'unauthorized' });
    },
  );

  it('takes nothing that was changed on its way, and no push without a key of its own', async () => {
    const { url } = await serve();
    const body = JSON.stringify({ modelFingerprint: 'model 1' });
    const digest = createHash('sha256').update(body).digest('base64');
    const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-digest': `sha-256=:${digest}:` };
    const changed = await fetch(`${url}/v1/edge/pushes`, {
      method: 'POST',
      headers,
      body: body.replace('1', '2'),
    });
    expect(await changed.json()).toMatchObject({ code: 'corrupt-data' });
    const keyless = createPublishApp({ edge: edge(), pushKey: undefined, logFault: () => {} });
    expect((await keyless.request('/v1/edge', { headers })).status).toBe(403);
  });

  it('says of what is no Worker of Videre that it is none', async () => {
    const { url } = await serve();
    // Any other service would do: one that answers, and knows of no edge.
    await expect(over(`${url}/elsewhere`).tell({ method: 'GET', path: '' })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('no Worker of Videre'),
    });
  });
});
