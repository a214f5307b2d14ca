import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { locateVideos } from './locate-videos.js';

it('takes a video for a name without extension, not the folder or the text beside it', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'video1'));
  await mkdir(join(folder, 'deep'));
  for (const name of ['video1.json', 'video1.mp4', 'deep/video2.webm'])
    await writeFile(join(folder, name), '');
  const wanted = ['video1', 'video2', 'video3'].map((id) => ({ id, file: id }));
  const located = await locateVideos(folder, wanted);
  expect(Object.fromEntries(located)).toEqual({
    video1: join(folder, 'video1.mp4'),
    video2: join(folder, 'deep', 'video2.webm'),
  });
});
