import { expect, it } from 'vitest';
import { colourLibrary } from '../../../test/support/colour-library.js';
import { writeScript } from '../../../test/support/colour-world.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { ExactIndex } from '../../adapters/index-exact/exact-index.js';
import { ingestVideo } from '../ingest-video.js';
import { searchClips } from './search-clips.js';
import { MAX_QUERY_LENGTH } from './search-request.js';

async function libraryOf(...videos: [name: string, ...scenes: [string, number][]][]) {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  for (const [name, ...scenes] of videos) {
    await ingestVideo(await writeScript(folder, `${name}.mp4`, { framesPerSecond: 10, scenes }), library);
  }
  return library;
}

it('ranks by score and gives as many as there are, not more', async () => {
  const library = await libraryOf(
    ['a', ['red', 3]],
    ['b', ['green', 3]],
    ['c', ['red', 0.2], ['green', 0.2]],
  );
  const moments = await searchClips(library, { query: 'red', limit: 10 });
  expect(moments.map(({ title }) => title)).toEqual(['a', 'c', 'b']);
  expect(await searchClips(library, { query: 'red', limit: 2 })).toEqual(moments.slice(0, 2));
});

it('asks for more when the nearest clips are all one moment', async () => {
  // Two dozen windows of red in a row, packed so close that most overlap; the green one comes after all of them.
  const library = await libraryOf(['long', ['red', 100]], ['short', ['green', 2]]);
  const packed = { ...library.videoEncoder.model, clips: { windowSeconds: 4, strideSeconds: 0.25 } };
  const folder = await temporaryFolder();
  const path = await writeScript(folder, 'packed.mp4', { framesPerSecond: 20, scenes: [['red', 8]] });
  Object.assign(library.videoEncoder, { model: packed });
  await ingestVideo(path, library);
  const moments = await searchClips(library, { query: 'red', limit: 60 });
  expect(moments.at(-1)!.title).toBe('short');
});

it('finds what another process has stored in the same catalog', async () => {
  const library = await libraryOf(['a', ['red', 3]]);
  const elsewhere = { ...library, index: new ExactIndex(library.index.dimension) };
  expect(await searchClips(elsewhere, { query: 'red', limit: 1 })).toHaveLength(1);
});

it('finds nothing in an empty library', async () => {
  expect(await searchClips(await libraryOf(), { query: 'red', limit: 1 })).toEqual([]);
});

it.each([
  [' ', 1, 'The query is empty.'],
  ['\u0000\u0007 \u009f', 1, 'The query is empty.'],
  ['x'.repeat(MAX_QUERY_LENGTH + 1), 1, 'has 2001 characters'],
  ['red', 0, 'The limit 0'],
  ['red', 1.5, 'The limit 1.5'],
  ['red', 1001, 'from 1 to 1000'],
])('refuses %j with limit %d', async (query, limit, message) => {
  const search = searchClips(await libraryOf(), { query, limit });
  await expect(search).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining(message),
  });
});
