import { describe, expect, it } from 'vitest';
import type { Catalog, ClipVector } from '../../src/ports/catalog.js';
import type { ModelSwitch } from '../../src/ports/model-switch.js';
import { readyVideo } from '../support/new-videos.js';

export interface SwitchUnderTest {
  models: ModelSwitch;
  catalog: Catalog;
  /** The same library, as a request sees it that began with this model. */
  catalogOf: (modelFingerprint: string) => Catalog;
}

const clip = (...values: number[]) => ({ startSeconds: 0, endSeconds: 1, vector: Float32Array.from(values) });

async function vectorsOf(catalog: Catalog): Promise<number[][]> {
  const found: ClipVector[] = [];
  for await (const batch of catalog.vectorsAfter(0)) found.push(...batch);
  return found.map(({ vector }) => Array.from(vector));
}

/** What every `ModelSwitch` does to a library. */
export function describeModelSwitch(name: string, open: () => Promise<SwitchUnderTest>): void {
  describe(`${name} as a ModelSwitch`, () => {
    /** A library whose videos have one clip each, of the model `old`. */
    const withVideos = async (...ids: string[]) => {
      const opened = await open();
      const add = (id: string) => opened.catalog.addVideo(readyVideo({ id }), [clip(1, 0)], 'old');
      for (const id of ids) await add(id);
      return { ...opened, add };
    };

    it('keeps the clips of the new model out of sight until all videos have them, and then the old ones', async () => {
      const { catalog, catalogOf, models } = await withVideos('a', 'b');
      expect(await models.addClips('a', [clip(0, 1), clip(0, 2)], 'new')).toBe(true);
      expect(await models.addClips('a', [clip(0, 1)], 'new')).toBe(false);
      expect(await models.addClips('none', [clip(0, 1)], 'new')).toBe(false);
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
      const seenByOldRequest = catalogOf('old');
      expect(await models.activate(target, [])).toBe(true);
      expect(await models.active()).toEqual(target);
      expect(await vectorsOf(catalog)).toEqual([
        [0, 1],
        [0, 2],
        [0, 3],
      ]);
      expect(await catalog.size()).toEqual({ videos: 2, clips: 3 });
      const kept = await catalog.clipsOfVideo('a');
      expect(kept.map(({ modelFingerprint }) => modelFingerprint)).toEqual(['new', 'new']);
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
      const { catalog, models } = await withVideos('a', 'lost');
      await models.addClips('a', [clip(0, 1)], 'new');
      expect(await models.activate({ fingerprint: 'new', bundleFolder: null }, ['lost'])).toBe(true);
      expect((await catalog.getVideo('lost'))?.status).toBe('failed');
      expect((await catalog.getVideo('a'))?.status).toBe('ready');
    });

    it('takes no clips of the old model after the switch', async () => {
      const { add, models } = await withVideos('a');
      await models.addClips('a', [clip(0, 1)], 'new');
      await models.activate({ fingerprint: 'new', bundleFolder: null }, []);
      await expect(add('late')).rejects.toMatchObject({ code: 'model-mismatch' });
    });

    it('walks past videos it was told to', async () => {
      const { models } = await withVideos('a', 'b', 'c');
      expect((await models.nextWithout('new', 'a'))?.id).toBe('b');
      expect((await models.nextWithout('new', 'c'))?.id).toBeUndefined();
    });

    it('has no model before the first clip', async () => {
      const { models } = await open();
      expect(await models.active()).toBeUndefined();
      expect(await models.progress('new')).toEqual({ done: 0, total: 0 });
      expect(await models.others()).toEqual([]);
    });
  });
}
