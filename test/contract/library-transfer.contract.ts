import { describe, expect, it } from 'vitest';
import type { CaptionStore } from '../../src/ports/caption-store.js';
import type { Catalog } from '../../src/ports/catalog.js';
import type { LibraryLoader, LibrarySnapshot, TransferredVideo } from '../../src/ports/library-transfer.js';
import { collected } from '../support/collected.js';
import { facts, newJob, newVideo, readyVideo } from '../support/new-videos.js';

/** Ways into one library and out of it. */
export interface TransferUnderTest {
  catalog: Catalog;
  captions: CaptionStore;
  openSnapshot: () => Promise<LibrarySnapshot>;
  openLoader: () => Promise<LibraryLoader>;
}

const MODEL = 'model';
// -0, the smallest and the largest: whatever writes numbers as text loses one of them.
const vector = Float32Array.of(-0, 1e-45, 3.4028234663852886e38, 0.1);

function transferred(changes: Partial<TransferredVideo> = {}): TransferredVideo {
  const { id: _, ...video } = newVideo({ tags: ['a', 'b'], metadata: { c: [1, null] } });
  const caption = { text: 'A red thing.', model: 'm', createdAtMs: 5 };
  const clips = [
    { startSeconds: 0, endSeconds: 1.1, vector, caption },
    { startSeconds: 1.1, endSeconds: 2.5, vector: Float32Array.of(1, 2, 3, 4) },
  ];
  return { ...video, ...facts, createdAtMs: 1234, clips, ...changes };
}

/** What every `LibrarySnapshot` tells, and every `LibraryLoader` takes in. */
export function describeLibraryTransfer(name: string, open: () => Promise<TransferUnderTest>): void {
  describe(`${name} as LibraryLoader and LibrarySnapshot`, () => {
    const load = async (openLoader: TransferUnderTest['openLoader'], ...videos: TransferredVideo[]) => {
      const loader = await openLoader();
      for (const video of videos) await loader.add(video, MODEL);
      await loader.commit();
      await loader.close();
    };

    it('gives videos out as they were taken in, in order of arrival', async () => {
      const { openLoader, openSnapshot } = await open();
      const given = [transferred(), transferred({ clips: [], blobKey: null }), transferred()];
      await load(openLoader, ...given);
      const snapshot = await openSnapshot();
      expect(snapshot.modelFingerprint).toBe(MODEL);
      expect(snapshot.counts).toEqual({ videos: 3, clips: 4 });
      expect(await collected(snapshot.videos())).toEqual(given);
      await snapshot.close();
    });

    it('takes in videos that are listed and described like others', async () => {
      const { catalog, captions, openLoader } = await open();
      const given = transferred({ title: 'brought' });
      await load(openLoader, given);
      const [video] = (await catalog.listVideos(10)).videos;
      expect(video).toMatchObject({ title: 'brought', status: 'ready', clipCount: 2, createdAtMs: 1234 });
      const [first] = await catalog.clipsOfVideo(video!.id);
      expect(first).toMatchObject({ startSeconds: 0, modelFingerprint: MODEL, vector });
      expect(await captions.captionsOf([first!.id])).toMatchObject([{ text: 'A red thing.' }]);
      expect(await catalog.modelFingerprint()).toBe(MODEL);
    });

    it('gives them out with the numbers that the catalog knows them by', async () => {
      const { catalog, openLoader, openSnapshot } = await open();
      await load(openLoader, transferred(), transferred());
      const { videos } = await catalog.listVideos(10);
      await catalog.updateVideo(videos[0]!.id, { title: 'changed' });
      const snapshot = await openSnapshot();
      const numbered = await collected(snapshot.numberedVideos());
      await snapshot.close();
      expect(numbered.map(({ id }) => id)).toEqual(videos.map(({ id }) => id).reverse());
      for (const { id, updatedAtMs, revision, sequence, clips } of numbered) {
        expect(await catalog.getVideo(id)).toMatchObject({ updatedAtMs, revision });
        expect(clips.map((clip) => clip.id)).toEqual((await catalog.clipsOfVideo(id)).map((clip) => clip.id));
        expect(sequence).toBeGreaterThan(0);
      }
      expect(numbered.at(-1)).toMatchObject({ title: 'changed', revision: 2 });
    });

    it('says what vectors are there, and nothing while there are none', async () => {
      const { openLoader } = await open();
      const empty = await openLoader();
      expect([empty.modelFingerprint, empty.dimension]).toEqual([undefined, undefined]);
      await empty.close();
      await load(openLoader, transferred());
      const filled = await openLoader();
      expect([filled.modelFingerprint, filled.dimension]).toEqual([MODEL, 4]);
      await filled.close();
    });

    it('takes nothing in that is not committed', async () => {
      const { catalog, openLoader } = await open();
      const loader = await openLoader();
      await loader.add(transferred(), MODEL);
      await loader.close();
      expect(await catalog.size()).toEqual({ videos: 0, clips: 0 });
    });

    it('knows the content that is there, and what was added', async () => {
      const { catalog, openLoader } = await open();
      const there = readyVideo();
      await catalog.addVideo(there, [{ startSeconds: 0, endSeconds: 1, vector }], MODEL);
      const loader = await openLoader();
      expect(loader.counts).toEqual({ videos: 1, clips: 1 });
      expect(loader.modelFingerprint).toBe(MODEL);
      const added = transferred();
      expect(await loader.has(there.contentHash)).toBe(true);
      expect(await loader.has(added.contentHash)).toBe(false);
      await loader.add(added, MODEL);
      expect(await loader.has(added.contentHash)).toBe(true);
      await loader.close();
    });

    it('refuses vectors of another model', async () => {
      const { openLoader } = await open();
      await load(openLoader, transferred());
      const loader = await openLoader();
      await expect(Promise.resolve().then(() => loader.add(transferred(), 'another'))).rejects.toMatchObject({
        code: 'model-mismatch',
      });
      await loader.close();
    });

    it('shows the library as it was when it was opened, and ready videos only', async () => {
      const { catalog, openLoader, openSnapshot } = await open();
      const [kept, doomed] = [transferred(), transferred()];
      await load(openLoader, kept, doomed);
      await catalog.registerVideo(newVideo(), { enqueue: newJob() });
      const snapshot = await openSnapshot();
      const { videos } = await catalog.listVideos(10);
      for (const { id } of videos) await catalog.deleteVideo(id);
      await catalog.addVideo(readyVideo(), [{ startSeconds: 0, endSeconds: 1, vector }], MODEL);
      expect(await collected(snapshot.videos())).toEqual([kept, doomed]);
      expect(snapshot.counts).toEqual({ videos: 2, clips: 4 });
      await snapshot.close();
    });

    it('has nothing of a library that never held a video', async () => {
      const { openSnapshot } = await open();
      const snapshot = await openSnapshot();
      expect(snapshot.modelFingerprint).toBeUndefined();
      expect(snapshot.counts).toEqual({ videos: 0, clips: 0 });
      expect(await collected(snapshot.videos())).toEqual([]);
      await snapshot.close();
    });
  });
}
