import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readyVideo } from '../../../test/support/new-videos.js';
import { LibraryDatabase } from './library-database.js';
import { SqliteCatalog } from './sqlite-catalog.js';
import { videosByWords, type WordBounds } from './videos-by-words.js';

let folder: string;
let database: LibraryDatabase;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'videre-words-'));
  database = new LibraryDatabase(join(folder, 'library.db'));
  const catalog = new SqliteCatalog(database);
  // Six with a common word, the oldest of them with a rare one as well; one of them says the common one twice.
  const titles = ['clip heron', 'clip', 'clip', 'clip clip', 'clip', 'clip', 'kite'];
  for (const [order, title] of titles.entries()) {
    await catalog.addVideo(readyVideo({ id: `video${order}`, title }), [], 'model');
  }
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const find = (words: string[], bounds: WordBounds) => videosByWords(database, words, undefined, 10, bounds);

it('ranks all when few have the words', async () => {
  const found = await find(['clip', 'heron'], { commonAbove: 100, ranked: 100 });
  expect(found).toHaveLength(6);
  expect(found.slice(0, 2)).toEqual(['video0', 'video3']);
});

it('asks for the rare words alone where others are common', async () => {
  expect((await find(['clip', 'heron', 'kite'], { commonAbove: 5, ranked: 100 })).toSorted()).toEqual([
    'video0',
    'video6',
  ]);
});

it('ranks the newest where all words are common', async () => {
  const found = await find(['clip'], { commonAbove: 5, ranked: 3 });
  expect(found[0]).toBe('video3');
  expect(found.toSorted()).toEqual(['video3', 'video4', 'video5']);
});
