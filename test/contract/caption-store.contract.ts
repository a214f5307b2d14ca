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

    it('stores nothing of a clip that is not there', async () => {
      const { captions } = await open();
      expect(await captions.saveCaption({ clipId: 7, text: 'Red.', model: 'a', createdAtMs: 1 })).toBe(false);
      expect(await captions.captionsOf([7])).toEqual([]);
    });
  });
}
