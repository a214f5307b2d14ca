import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ingestPaths } from '../../src/app/ingest-paths.js';
import { searchClips } from '../../src/app/search/search-clips.js';
import { openIngest } from '../../src/composition/open-ingest.js';
import { openSearch } from '../../src/composition/open-search.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** The shipped bundle on shipped clips: real files, real ffmpeg, real encoders, real index. */
const bundleFolder = fileURLToPath(new URL('../../models/playground', import.meta.url));

function readJson<Shape>(...path: string[]): Shape {
  return JSON.parse(readFileSync(join(bundleFolder, ...path), 'utf8')) as Shape;
}

async function libraryOf(files: readonly string[]) {
  const locations = { dataFolder: await temporaryFolder(), bundleFolder };
  const ingest = await openIngest(locations);
  try {
    const { outcomes } = await ingestPaths(files, ingest);
    expect(outcomes.map(({ status }) => status)).toEqual(files.map(() => 'ingested'));
  } finally {
    await ingest.close();
  }
  return openSearch(locations);
}

// A long video is a hundred clips: 12 s on two idle cores, several times that on busy ones.
describe('the playground, from files to answers', { timeout: 120_000 }, () => {
  it('finds test clips by their captions', async () => {
    const folder = join(bundleFolder, 'test');
    const { videos, sentences } = readJson<{
      videos: { video_id: string; file: string }[];
      sentences: { video_id: string; caption: string }[];
    }>('test', 'annotations.json');
    const some = videos.filter((_, position) => position % 50 === 0);
    const library = await libraryOf(some.map(({ file }) => join(folder, file)));
    try {
      const found = [];
      for (const { video_id, file } of some) {
        const { caption } = sentences.find((sentence) => sentence.video_id === video_id)!;
        const [best] = await searchClips(library, { query: caption, limit: 1 });
        found.push(basename(best!.path) === basename(file));
      }
      // Of 20 clips; guessing finds one.
      expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(18);
    } finally {
      await library.close();
    }
  });

  it('finds the moment inside a long video', async () => {
    const { clips } = readJson<{
      clips: { file: string; captions: { caption: string; start: number; end: number }[] }[];
    }>('demo', 'demo.json');
    const long = clips.find(({ captions }) => captions.length >= 7)!;
    const library = await libraryOf([join(bundleFolder, 'demo', long.file)]);
    try {
      const overlaps = [];
      for (const { caption, start, end } of long.captions) {
        const [best] = await searchClips(library, { query: caption, limit: 1 });
        overlaps.push(Math.min(best!.endSeconds, end) - Math.max(best!.startSeconds, start) > 1);
      }
      expect(overlaps.filter(Boolean).length / overlaps.length).toBeGreaterThan(0.7);
    } finally {
      await library.close();
    }
  });
});
