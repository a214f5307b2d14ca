import { describe, expect, it } from 'vitest';
import type { CaptionStore } from '../../src/ports/caption-store.js';
import type { Catalog } from '../../src/ports/catalog.js';
import type { ClipFinder } from '../../src/ports/clip-finder.js';
import { clip, readyVideo } from '../support/new-videos.js';

export interface FinderUnderTest {
  finder: ClipFinder;
  /** On the same database. */
  catalog: Catalog;
  captions: CaptionStore;
}

/** What every `ClipFinder` finds. */
export function describeClipFinder(name: string, open: () => Promise<FinderUnderTest>): void {
  describe(`${name} as a ClipFinder`, () => {
    /** Videos of these titles, three clips each: 1 to 3, 4 to 6 and so on. */
    const withTitles = async (...titles: string[]) => {
      const opened = await open();
      for (const [order, title] of titles.entries())
        await opened.catalog.addVideo(
          readyVideo({ id: `video-${order}`, title }),
          [clip, clip, clip],
          'model',
        );
      return opened;
    };
    const ascending = (ids: readonly number[]) => [...ids].sort((left, right) => left - right);

    it('gives the clips that pass, some of them or page by page', async () => {
      const { finder } = await withTitles('a', 'b', 'a b');
      const filter = { titleContains: 'B' };
      expect(ascending(await finder.someClipIds(filter, 100))).toEqual([4, 5, 6, 7, 8, 9]);
      expect(await finder.someClipIds(filter, 4)).toHaveLength(4);
      expect(await finder.clipIdsAfter(0, filter, 4)).toEqual([4, 5, 6, 7]);
      expect(await finder.clipIdsAfter(7, filter, 4)).toEqual([8, 9]);
      expect(ascending((await finder.locate([1, 5, 9, 77], filter)).map(({ id }) => id))).toEqual([5, 9]);
      expect(await finder.locate([], filter)).toEqual([]);
      expect(await finder.locate([2, 4], {})).toHaveLength(2);
    });

    it('holds videos to all that is asked of them', async () => {
      const { finder, catalog } = await open();
      const add = (id: string, tags: string[], durationSeconds: number) =>
        catalog.addVideo(readyVideo({ id, tags, durationSeconds }), [clip], 'model');
      await add('short', ['a', 'b'], 5);
      await add('long', ['a'], 50);
      const idsOf = async (filter: Parameters<ClipFinder['someClipIds']>[0]) =>
        ascending(await finder.someClipIds(filter, 10));
      expect(await idsOf({ tags: ['a'] })).toEqual([1, 2]);
      expect(await idsOf({ tags: ['a', 'b'] })).toEqual([1]);
      expect(await idsOf({ minDurationSeconds: 6 })).toEqual([2]);
      expect(await idsOf({ videoIds: ['short', 'none'] })).toEqual([1]);
      expect(await idsOf({ videoIds: [] })).toEqual([]);
      expect(await finder.videoCount({ tags: ['a'], maxDurationSeconds: 6 })).toBe(1);
    });

    it('follows every change of what is said of a video', async () => {
      const { catalog, captions, finder } = await withTitles('Ålesund at dawn', 'harbour');
      const of = (words: string) => finder.videosByWords(words, {}, 10);
      expect(await of('alesund')).toEqual(['video-0']);
      expect(await of('Harbours')).toEqual(['video-1']);
      const changes = { title: 'quay', tags: ['boats', 'rain'], description: 'Seen from Bergen.' };
      await catalog.updateVideo('video-1', changes);
      expect(await of('harbour')).toEqual([]);
      expect(await of('boat')).toEqual(['video-1']);
      expect(await of('bergen dawn')).toHaveLength(2);
      await captions.saveCaption({ clipId: 1, text: 'A fisherman waits.', model: 'm', createdAtMs: 1 });
      expect(await of('fisherman')).toEqual(['video-0']);
      await catalog.deleteVideo('video-1');
      expect(await of('boat')).toEqual([]);
      expect(await of('')).toEqual([]);
    });

    it.each(['"', 'NEAR(x', '-dawn', 'a:b', "'; drop table videos --", '*', '\0', '&|!', 'dawn" OR "x'])(
      'takes %j for words',
      async (words) => {
        const { finder } = await withTitles('dawn');
        expect((await finder.videosByWords(words, {}, 10)).length).toBeLessThanOrEqual(1);
        expect(await finder.videoCount({})).toBe(1);
      },
    );
  });
}
