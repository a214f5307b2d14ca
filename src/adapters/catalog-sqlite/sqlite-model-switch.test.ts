import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import type { ClipVector } from '../../ports/catalog.js';
import { LibraryDatabase } from './library-database.js';
import { SqliteCatalog } from './sqlite-catalog.js';
import { SqliteModelSwitch } from './sqlite-model-switch.js';

const clip = (...values: number[]) => ({ startSeconds: 0, endSeconds: 1, vector: Float32Array.from(values) });

async function library() {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  const database = new LibraryDatabase(path);
  const catalog = new SqliteCatalog(database);
  onTestFinished(() => catalog.close());
  const add = (name: string) =>
    catalog.addVideo(
      {
        id: name,
        contentHash: name,
        status: 'ready',
        title: name,
        description: '',
        tags: [],
        metadata: {},
        sourcePath: `/${name}.mp4`,
        blobKey: null,
        sizeBytes: 1,
        container: 'mp4',
        codec: 'h264',
        width: 1,
        height: 1,
        durationSeconds: 1,
        frameCount: 1,
        createdAtMs: 0,
        updatedAtMs: 0,
        revision: 1,
      },
      [clip(1, 0)],
      'old',
    );
  return { path, database, catalog, add, models: new SqliteModelSwitch(database) };
}

async function vectorsOf(catalog: SqliteCatalog): Promise<number[][]> {
  const found: ClipVector[] = [];
  for await (const batch of catalog.vectorsAfter(0)) found.push(...batch);
  return found.map(({ vector }) => Array.from(vector));
}

describe('SqliteModelSwitch', () => {
  it('keeps the clips of the new model out of sight until all videos have them, and then the old ones', async () => {
    const { database, catalog, add, models } = await library();
    await add('a');
    await add('b');
    expect(await models.addClips('a', [clip(0, 1), clip(0, 2)], 'new')).toBe(true);
    expect(await models.addClips('a', [clip(0, 1)], 'new')).toBe(false);
    expect(await models.progress('new')).toEqual({ done: 1, total: 2 });
    expect((await models.nextWithout('new'))?.id).toBe('b');
    expect(await vectorsOf(catalog)).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect((await catalog.getVideo('a'))?.clipCount).toBe(1);

    const target = { fingerprint: 'new', bundleFolder: '/models/new' };
    expect(await models.activate(target, [])).toBe(false);
    await models.addClips('b', [clip(0, 3)], 'new');
    const seenByOldRequest = new SqliteCatalog(database, 'old');
    expect(await models.activate(target, [])).toBe(true);
    expect(await models.active()).toEqual(target);
    expect(await vectorsOf(catalog)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    expect(await catalog.size()).toEqual({ videos: 2, clips: 3 });
    expect((await catalog.clipsOfVideo('a')).map(({ modelFingerprint }) => modelFingerprint)).toEqual([
      'new',
      'new',
    ]);
    // A request that began before the switch ends as it began.
    expect(await vectorsOf(seenByOldRequest)).toEqual([
      [1, 0],
      [1, 0],
    ]);

    expect(await models.others()).toEqual(['old']);
    await models.remove('new');
    await models.remove('old');
    expect(await models.others()).toEqual([]);
    expect(await vectorsOf(seenByOldRequest)).toEqual([]);
    expect(await catalog.size()).toEqual({ videos: 2, clips: 3 });
  });

  it('switches without a video that cannot be read, and says so of it', async () => {
    const { catalog, add, models } = await library();
    await add('a');
    await add('lost');
    await models.addClips('a', [clip(0, 1)], 'new');
    expect(await models.activate({ fingerprint: 'new', bundleFolder: null }, ['lost'])).toBe(true);
    expect((await catalog.getVideo('lost'))?.status).toBe('failed');
    expect((await catalog.getVideo('a'))?.status).toBe('ready');
  });

  it('takes no clips of the old model after the switch', async () => {
    const { add, models } = await library();
    await add('a');
    await models.addClips('a', [clip(0, 1)], 'new');
    await models.activate({ fingerprint: 'new', bundleFolder: null }, []);
    await expect(add('late')).rejects.toMatchObject({ code: 'model-mismatch' });
  });

  it('does not take a damaged clip for one of another model', async () => {
    const { path, add, models } = await library();
    await add('a');
    const file = new Database(path);
    onTestFinished(() => void file.close());
    file.exec("update clips set model_fingerprint = 'olb'");
    expect(await models.others()).toEqual(['olb']);
    await expect(models.remove('olb')).rejects.toMatchObject({
      code: 'corrupt-data',
      details: { clipId: 1 },
    });
  });

  it('walks past videos it was told to', async () => {
    const { add, models } = await library();
    for (const name of ['a', 'b', 'c']) await add(name);
    expect((await models.nextWithout('new', 'a'))?.id).toBe('b');
    expect((await models.nextWithout('new', 'c'))?.id).toBeUndefined();
  });
});
