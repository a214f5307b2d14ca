import { describe, expect, it } from 'vitest';
import type { CaptionStore } from '../../src/ports/caption-store.js';
import type { Catalog } from '../../src/ports/catalog.js';
import { clip, readyVideo } from '../support/new-videos.js';

export interface CaptionsUnderTest {
  captions: CaptionStore;
  /** On the same database. */
  catalog: Catalog;
}

/** What every `CaptionStore` keeps. */
export function describeCaptionStore(name: string, open: () => Promise<CaptionsUnderTest>): void {
  describe(`${name} as a CaptionStore`, () => {
    it('keeps one a clip, the newest, which goes with the clip', async () => {
      const { captions, catalog } = await open();
      const video = readyVideo();
      await catalog.addVideo(video, [clip, clip], 'model');
      const [first, second] = (await catalog.clipsOfVideo(video.id)).map(({ id }) => id) as [number, number];
      const caption = { clipId: first, text: 'Red.', model: 'a', createdAtMs: 1 };
      expect(await captions.captionsOf([first, second])).toEqual([]);
      expect(await captions.saveCaption(caption)).toBe(true);
      const newest = { clipId: first, text: 'All “red”.', model: 'b', createdAtMs: 2 ** 41 };
      expect(await captions.saveCaption(newest)).toBe(true);
      expect(await captions.captionsOf([first, second])).toEqual([newest]);
      expect(await captions.captionsOf([second])).toEqual([]);
      expect(await captions.captionsOf([])).toEqual([]);
      await catalog.deleteVideo(video.id);
      expect(await captions.captionsOf([first])).toEqual([]);
    });

    it('takes many at once, of those clips that are there, or none of them', async () => {
      const { captions, catalog } = await open();
      const video = readyVideo();
      await catalog.addVideo(
        video,
        Array.from({ length: 3 }, () => clip),
        'model',
      );
      const ids = (await catalog.clipsOfVideo(video.id)).map(({ id }) => id);
      const caption = (clipId: number, text: string) => ({ clipId, text, model: 'a', createdAtMs: 1 });
      const sortedById = async () =>
        (await captions.captionsOf(ids)).toSorted((one, other) => one.clipId - other.clipId);
      const all = ids
        .map((id) => caption(id, `It is ${id}.`))
        .sort((one, other) => one.clipId - other.clipId);
      await captions.saveCaption(caption(ids[0]!, 'An older one.'));
      await captions.saveCaptions([...all, caption(Math.max(...ids) + 1, 'Of none.')]);
      expect(await sortedById()).toEqual(all);
      const broken = { ...caption(ids[1]!, ''), text: null as unknown as string };
      await expect(captions.saveCaptions([caption(ids[0]!, 'Another.'), broken])).rejects.toThrow();
      expect(await sortedById()).toEqual(all);
      await captions.saveCaptions([]);
    });

    it('stores nothing of a clip that is not there', async () => {
      const { captions } = await open();
      expect(await captions.saveCaption({ clipId: 7, text: 'Red.', model: 'a', createdAtMs: 1 })).toBe(false);
      expect(await captions.captionsOf([7])).toEqual([]);
    });
  });
}
