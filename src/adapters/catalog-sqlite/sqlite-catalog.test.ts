import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import type { Video } from '../../domain/video.js';
import { blobToVector, vectorToBlob } from '../catalog-parts/clip-content.js';
import { LibraryDatabase } from './library-database.js';
import { openDatabase } from './open-database.js';
import { SqliteCatalog } from './sqlite-catalog.js';

/** SQLite's number for `synchronous = FULL`. */
const FULL = 2;

function video(title: string): Video {
  return {
    id: randomUUID(),
    contentHash: `hash of ${title}`,
    title,
    status: 'ready',
    description: '',
    tags: [],
    metadata: {},
    blobKey: null,
    sourcePath: `/films/${title}.mp4`,
    sizeBytes: 10,
    container: 'mp4',
    codec: 'h264',
    width: 4,
    height: 3,
    durationSeconds: 2.5,
    frameCount: 75,
    createdAtMs: 1_700_000_000_000,
    updatedAtMs: 1_700_000_000_000,
    revision: 1,
  };
}

const clip = (...vector: number[]) => ({
  startSeconds: 0.1,
  endSeconds: 2.5,
  vector: Float32Array.from(vector),
});

async function openCatalog() {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  const catalog = new SqliteCatalog(new LibraryDatabase(path));
  onTestFinished(() => catalog.close());
  return { catalog, path };
}

async function allVectors(catalog: SqliteCatalog, after = 0) {
  const found = [];
  for await (const batch of catalog.vectorsAfter(after)) found.push(...batch);
  return found;
}

describe('SqliteCatalog', () => {
  it('gives back what was stored, after a new start too', async () => {
    const { catalog, path } = await openCatalog();
    const stored = video('a');
    expect(await catalog.addVideo(stored, [clip(1, -0.1), clip(3, 4)], 'model')).toBe(true);
    const again = new SqliteCatalog(new LibraryDatabase(path));
    onTestFinished(() => again.close());
    expect(await again.findByContentHash(stored.contentHash)).toEqual(stored);
    expect(await again.locateClips([2, 99])).toEqual([
      { id: 2, videoId: stored.id, startSeconds: 0.1, endSeconds: 2.5, title: 'a', path: '/films/a.mp4' },
    ]);
    expect(await allVectors(again)).toEqual([
      { clipId: 1, vector: Float32Array.from([1, -0.1]) },
      { clipId: 2, vector: Float32Array.from([3, 4]) },
    ]);
    expect(await again.size()).toEqual({ videos: 1, clips: 2 });
    expect(await again.lastClipId()).toBe(2);
  });

  it('stores the same content once', async () => {
    const { catalog } = await openCatalog();
    await catalog.addVideo(video('a'), [clip(1)], 'model');
    expect(await catalog.addVideo({ ...video('b'), contentHash: 'hash of a' }, [clip(2)], 'model')).toBe(
      false,
    );
    expect(await catalog.size()).toEqual({ videos: 1, clips: 1 });
  });

  it('stores all of a video or nothing', async () => {
    const { catalog } = await openCatalog();
    const noTime = { ...clip(2), endSeconds: Number.NaN };
    await expect(catalog.addVideo(video('a'), [clip(1), noTime], 'model')).rejects.toThrow();
    expect(await catalog.size()).toEqual({ videos: 0, clips: 0 });
  });

  it('writes through to the disk before it acknowledges, and checks references', async () => {
    const { path } = await openCatalog();
    const { $client: client } = openDatabase(path);
    onTestFinished(() => void client.close());
    const setting = (name: string) => client.pragma(name, { simple: true });
    expect(setting('journal_mode')).toBe('wal');
    expect(setting('synchronous')).toBe(FULL);
    expect(setting('foreign_keys')).toBe(1);
  });

  it('reads many vectors in batches, from any clip on', async () => {
    const { catalog } = await openCatalog();
    const clips = Array.from({ length: 1000 }, (_, order) => clip(order + 1));
    await catalog.addVideo(video('a'), clips, 'model');
    const after = await allVectors(catalog, 990);
    expect(after.map(({ clipId }) => clipId)).toEqual([991, 992, 993, 994, 995, 996, 997, 998, 999, 1000]);
    expect((await allVectors(catalog)).map(({ vector }) => vector[0])).toEqual(
      clips.map((_, order) => order + 1),
    );
  });

  it('pages through all videos, newest first, each once', async () => {
    const { catalog } = await openCatalog();
    const titles = Array.from({ length: 7 }, (_, order) => `video ${order}`);
    for (const title of titles) await catalog.addVideo(video(title), [clip(1), clip(2)], 'model');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await catalog.listVideos(3, cursor);
      expect(page.videos.every(({ clipCount }) => clipCount === 2)).toBe(true);
      seen.push(...page.videos.map(({ title }) => title));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(titles.reverse());
    await expect(catalog.listVideos(3, "1' or 1")).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('is of the model of its first clips, and takes no others while it has some', async () => {
    const { catalog } = await openCatalog();
    expect(await catalog.modelFingerprint()).toBeUndefined();
    await catalog.addVideo(video('a'), [clip(1), clip(1)], 'b-model');
    expect(await catalog.modelFingerprint()).toBe('b-model');
    await expect(catalog.addVideo(video('b'), [clip(1)], 'a-model')).rejects.toMatchObject({
      code: 'model-mismatch',
    });
    expect(await catalog.size()).toEqual({ videos: 1, clips: 2 });
  });

  it('sees a flipped bit anywhere in a clip, and names the clip', async () => {
    const { catalog, path } = await openCatalog();
    await catalog.addVideo(video('a'), [clip(1, 2), clip(3, 4)], 'model');
    const file = new Database(path);
    onTestFinished(() => void file.close());
    const flips = [
      "vector = x'0000803f00000041'",
      'start_seconds = 0.2',
      'end_seconds = 2.25',
      'checksum = zeroblob(32)',
    ];
    file.exec('create temporary table sound as select * from clips where id = 2');
    for (const flip of flips) {
      file.exec(`update clips set ${flip} where id = 2`);
      await expect(allVectors(catalog)).rejects.toMatchObject({
        code: 'corrupt-data',
        details: { clipId: 2 },
      });
      file.exec('replace into clips select * from sound');
      expect(await allVectors(catalog)).toHaveLength(2);
    }
  });

  it('says that a file is no database', async () => {
    const path = join(await temporaryFolder(), 'videre.sqlite');
    await writeFile(path, 'this is not a database, and long enough to be taken for a header'.repeat(20));
    expect(() => new SqliteCatalog(new LibraryDatabase(path))).toThrow(
      `${path} is no sound Videre database.`,
    );
  });

  it('says that a place cannot be written', async () => {
    const folder = await temporaryFolder();
    expect(() => new LibraryDatabase(folder)).toThrow(`Cannot write to ${folder}.`);
  });
});

it('keeps every float32 to the bit', () => {
  fc.assert(
    fc.property(fc.float32Array(), (vector) => {
      expect(blobToVector(vectorToBlob(vector))).toEqual(vector);
    }),
  );
  expect(vectorToBlob(Float32Array.of(1)).toString('hex')).toBe('0000803f');
});
