import { expect, it } from 'vitest';
import { colourLibrary } from '../../test/support/colour-library.js';
import { ColourVideoEncoder, colourModel, writeScript } from '../../test/support/colour-world.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { ingestVideo } from './ingest-video.js';
import { searchClips } from './search/search-clips.js';

it('finds the moment of a long video that shows what was asked for', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const path = await writeScript(folder, 'traffic light.mp4', {
    framesPerSecond: 10,
    scenes: [
      ['red', 10],
      ['green', 6],
      ['blue', 10],
    ],
  });
  const shares: number[] = [];
  const result = await ingestVideo(path, library, { onProgress: (share) => shares.push(share) });
  expect(result).toMatchObject({ status: 'ingested', clipCount: 9, video: { title: 'traffic light' } });
  expect(shares.at(-1)).toBe(1);

  const moments = await searchClips(library, { query: 'green', limit: 3 });
  expect(moments[0]).toMatchObject({ title: 'traffic light', path });
  expect(moments[0]).toMatchObject({ startSeconds: 10, endSeconds: 16 });
  expect(moments[0]!.score).toBeGreaterThan(0.99);
});

it('lets windows go over cuts where the bundle says so, and looks for none then', async () => {
  const folder = await temporaryFolder();
  const library = { ...colourLibrary(folder), windowing: { ...colourModel.clips, shots: false } };
  library.media.survey = () => {
    throw new Error('No survey was asked for.');
  };
  const path = await writeScript(folder, 'two.mp4', {
    framesPerSecond: 10,
    scenes: [
      ['red', 5],
      ['blue', 5],
    ],
  });
  expect(await ingestVideo(path, library)).toMatchObject({ clipCount: 4 });
  const [mixed] = await library.catalog.locateClips([2]);
  expect(mixed).toMatchObject({ startSeconds: 2, endSeconds: 6 });
});

it('knows a file again by its content, whatever its name', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const script = { framesPerSecond: 10, scenes: [['red', 2]] as [string, number][] };
  await ingestVideo(await writeScript(folder, 'one.mp4', script), library);
  const again = await ingestVideo(await writeScript(folder, 'two.mp4', script), library);
  expect(again).toMatchObject({ status: 'known', video: { title: 'one' } });
  expect(await library.catalog.size()).toEqual({ videos: 1, clips: 1 });
});

it('stores one of two files of the same content that come at once', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const script = { framesPerSecond: 10, scenes: [['red', 2]] as [string, number][] };
  const paths = [await writeScript(folder, 'one.mp4', script), await writeScript(folder, 'two.mp4', script)];
  const results = await Promise.all(paths.map((path) => ingestVideo(path, library)));
  expect(results.map(({ status }) => status).sort()).toEqual(['ingested', 'known']);
  expect(await library.catalog.size()).toEqual({ videos: 1, clips: 1 });
});

it('stores nothing of a video that breaks off', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const path = await writeScript(folder, 'half.mp4', {
    framesPerSecond: 10,
    scenes: [['red', 60]],
    endsBeforeFrame: 400,
  });
  await expect(ingestVideo(path, library)).rejects.toMatchObject({ code: 'truncated-media' });
  expect(await library.catalog.size()).toEqual({ videos: 0, clips: 0 });
  expect(library.index.size).toBe(0);
});

it('refuses a vector that is no vector before it is stored', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const broken = new (class extends ColourVideoEncoder {
    override async encode() {
      return [Float32Array.from([1, Number.NaN, 0])];
    }
  })();
  const path = await writeScript(folder, 'a.mp4', { framesPerSecond: 10, scenes: [['red', 2]] });
  await expect(ingestVideo(path, { ...library, videoEncoder: broken })).rejects.toThrow(/NaN at position 1/);
  expect(await library.catalog.size()).toEqual({ videos: 0, clips: 0 });
});

it('encodes an hour in small batches and decodes no frame twice', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const path = await writeScript(folder, 'hour.mp4', { framesPerSecond: 10, scenes: [['red', 3600]] });
  await ingestVideo(path, library);
  expect(Math.max(...library.videoEncoder.batchSizes)).toBeLessThanOrEqual(8);
  // Windows of 4 s every 2 s share frames: each is decoded once.
  const clips = (await library.catalog.size()).clips;
  expect(library.media.decoded).toBeLessThanOrEqual(clips * colourModel.framesPerClip);
});

it('says that there is no such file', async () => {
  const folder = await temporaryFolder();
  const missing = ingestVideo(`${folder}/none.mp4`, colourLibrary(folder));
  await expect(missing).rejects.toMatchObject({
    code: 'file-not-found',
    message: `There is no file ${folder}/none.mp4.`,
  });
});

it('says that a folder is no file', async () => {
  const folder = await temporaryFolder();
  await expect(ingestVideo(folder, colourLibrary(folder))).rejects.toMatchObject({ code: 'invalid-input' });
});
