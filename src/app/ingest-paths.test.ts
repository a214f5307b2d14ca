import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { colourLibrary } from '../../test/support/colour-library.js';
import { writeScript } from '../../test/support/colour-world.js';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { AppError } from '../domain/errors.js';
import { ingestPaths } from './ingest-paths.js';

const red = { framesPerSecond: 10, scenes: [['red', 2]] as [string, number][] };
const green = { framesPerSecond: 10, scenes: [['green', 2]] as [string, number][] };

it('goes through folders, passes over what is no video by its name, and goes on after a bad file', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(await temporaryFolder());
  await mkdir(join(folder, 'inner', '.hidden'), { recursive: true });
  await writeFile(join(folder, 'bad.mp4'), 'no script');
  await writeScript(folder, 'red.MP4', red);
  await writeScript(join(folder, 'inner'), 'green.webm', green);
  await writeScript(join(folder, 'inner', '.hidden'), 'secret.webm', red);
  await writeFile(join(folder, 'notes.txt'), 'no video');
  await symlink(folder, join(folder, 'inner', 'round-and-round'));
  const named = await writeScript(folder, 'named.bin', green);

  const { outcomes, passedOver } = await ingestPaths([folder, named, folder], library);
  const told = outcomes.map(({ path, status, named }) => [path.slice(folder.length + 1), status, named]);
  expect(told).toEqual([
    ['bad.mp4', 'refused', false],
    ['inner/green.webm', 'ingested', false],
    ['red.MP4', 'ingested', false],
    ['named.bin', 'known', true],
  ]);
  expect(passedOver).toBe(4);
  expect(await library.catalog.size()).toEqual({ videos: 2, clips: 2 });
});

it('tells a missing file as refused and takes the rest', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const { outcomes } = await ingestPaths(
    [join(folder, 'none.mp4'), await writeScript(folder, 'a.mp4', red)],
    library,
  );
  expect(outcomes[0]).toMatchObject({ status: 'refused', named: true, error: { code: 'file-not-found' } });
  expect(outcomes[1]).toMatchObject({ status: 'ingested' });
});

it('stops at what would stop every file', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  library.catalog.addVideo = async () => {
    throw new AppError('out-of-storage', 'No space left.');
  };
  const paths = await Promise.all(['a', 'b', 'c'].map((name) => writeScript(folder, name, red)));
  await expect(ingestPaths(paths, library)).rejects.toMatchObject({ code: 'out-of-storage' });
});

it('keeps what was done when it is cancelled', async () => {
  const folder = await temporaryFolder();
  const library = colourLibrary(folder);
  const scripts = Array.from({ length: 12 }, (_, seconds) => ({
    framesPerSecond: 10,
    scenes: [['red', seconds + 1]] as [string, number][],
  }));
  const paths = await Promise.all(
    scripts.map((script, order) => writeScript(folder, `${order}.mp4`, script)),
  );
  const controller = new AbortController();
  let finished = 0;
  const ingest = ingestPaths(
    paths,
    library,
    {
      finished: () => {
        if (++finished === 3) controller.abort();
      },
    },
    controller.signal,
  );
  await expect(ingest).rejects.toMatchObject({ code: 'cancelled' });
  const { videos } = await library.catalog.size();
  expect(videos).toBeGreaterThanOrEqual(3);
  expect(videos).toBeLessThan(12);
});
