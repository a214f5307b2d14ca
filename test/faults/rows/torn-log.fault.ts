import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inspectDatabase } from '../../../src/adapters/catalog-sqlite/inspect-database.js';
import { LibraryDatabase } from '../../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCatalog } from '../../../src/adapters/catalog-sqlite/sqlite-catalog.js';
import { seededRandom } from '../../support/seeded-random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { addVideos } from '../filled-catalog.js';

const VIDEOS = 30;
const CUTS = 60;

it('a library whose log is torn anywhere, or gone, opens at a commit, with whole videos up to there', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'videre.sqlite');
  const database = new LibraryDatabase(path);
  const catalog = new SqliteCatalog(database, 'model');
  database.run(({ $client }) => $client.pragma('wal_checkpoint(TRUNCATE)'));
  await addVideos(catalog, 'model', 64, 0, VIDEOS);
  const [file, log] = await Promise.all([readFile(path), readFile(`${path}-wal`)]);
  await catalog.close();

  const random = seededRandom(11);
  const seen = new Set<number>();
  const cuts = [
    undefined,
    0,
    log.length,
    ...Array.from({ length: CUTS }, () => Math.floor(random() * log.length)),
  ];
  for (const cut of cuts) {
    const torn = join(await mkdtemp(join(folder, 'torn-')), 'videre.sqlite');
    await writeFile(torn, file);
    if (cut !== undefined) await writeFile(`${torn}-wal`, log.subarray(0, cut));
    const report = await inspectDatabase(torn, true);
    expect(report.verifiedClips).toBe(report.clips);
    expect(report.clips).toBe(report.videos * 6);
    const left = new SqliteCatalog(new LibraryDatabase(torn), 'model');
    const { videos } = await left.listVideos(VIDEOS);
    await left.close();
    // The first ones, none left out between.
    expect(videos.map(({ title }) => title)).toEqual(videos.map((_, i) => `Video ${videos.length - 1 - i}`));
    seen.add(videos.length);
  }
  expect(seen).toContain(0);
  expect(seen).toContain(VIDEOS);
  expect(seen.size).toBeGreaterThan(10);
});
