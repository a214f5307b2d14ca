import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import type { Video } from '../../domain/video.js';
import { LibraryDatabase } from './library-database.js';
import { SqliteCatalog } from './sqlite-catalog.js';
import { SqliteClipFinder } from './sqlite-clip-finder.js';
import { wordQuery } from './word-query.js';

async function library(titles: readonly string[], clipsEach = 3) {
  const database = new LibraryDatabase(join(await temporaryFolder(), 'videre.sqlite'));
  const catalog = new SqliteCatalog(database);
  onTestFinished(() => catalog.close());
  for (const [order, title] of titles.entries()) {
    const video: Video = {
      id: `video-${order}`,
      contentHash: String(order),
      title,
      status: 'ready',
      description: '',
      tags: [],
      metadata: {},
      sourcePath: `/${order}.mp4`,
      blobKey: null,
      sizeBytes: 1,
      container: 'mp4',
      codec: 'h264',
      width: 1,
      height: 1,
      durationSeconds: 10 * (order + 1),
      frameCount: 1,
      createdAtMs: order,
      updatedAtMs: order,
      revision: 1,
    };
    const clips = Array.from({ length: clipsEach }, (_, clip) => ({
      startSeconds: clip,
      endSeconds: clip + 1,
      vector: Float32Array.of(1, 0),
    }));
    await catalog.addVideo(video, clips, 'model');
  }
  return { catalog, finder: new SqliteClipFinder(database) };
}

it('gives the clips that pass, some of them or page by page', async () => {
  const { finder } = await library(['a', 'b', 'a b']);
  const filter = { titleContains: 'B' };
  expect((await finder.someClipIds(filter, 100)).sort((left, right) => left - right)).toEqual([
    4, 5, 6, 7, 8, 9,
  ]);
  expect(await finder.someClipIds(filter, 4)).toHaveLength(4);
  expect(await finder.clipIdsAfter(0, filter, 4)).toEqual([4, 5, 6, 7]);
  expect(await finder.clipIdsAfter(7, filter, 4)).toEqual([8, 9]);
  expect((await finder.locate([1, 5, 9, 77], filter)).map(({ id }) => id).sort()).toEqual([5, 9]);
  expect(await finder.locate([], filter)).toEqual([]);
  expect(await finder.locate([2, 4], {})).toHaveLength(2);
});

it('follows every change of what is said of a video', async () => {
  const { catalog, finder } = await library(['Ålesund at dawn', 'harbour']);
  const of = (words: string) => finder.videosByWords(words, {}, 10);
  expect(await of('alesund')).toEqual(['video-0']);
  expect(await of('Harbours')).toEqual(['video-1']);
  await catalog.updateVideo('video-1', {
    title: 'quay',
    tags: ['boats', 'rain'],
    description: 'Seen from Bergen.',
  });
  expect(await of('harbour')).toEqual([]);
  expect(await of('boat')).toEqual(['video-1']);
  expect(await of('bergen dawn')).toHaveLength(2);
  await catalog.deleteVideo('video-1');
  expect(await of('boat')).toEqual([]);
  expect(await of('')).toEqual([]);
});

it('passes over words that say nothing, unless there are no others', () => {
  expect(wordQuery('The cat on a "mat" NEAR(x)')).toBe('"cat" OR "mat" OR "near" OR "x"');
  expect(wordQuery('the of')).toBe('"the" OR "of"');
  expect(wordQuery('% _ " *')).toBeUndefined();
});
