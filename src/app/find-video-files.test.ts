import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { AppError } from '../domain/errors.js';
import { findVideoFiles } from './find-video-files.js';

describe('findVideoFiles', () => {
  it('finds videos in folders of folders, counts the other files, and passes hidden ones by', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'deep', 'deeper'), { recursive: true });
    for (const name of ['b.mp4', 'a.MKV', 'notes.txt', '.hidden.mp4', 'deep/deeper/c.webm']) {
      await writeFile(join(folder, name), '');
    }
    const { files, passedOver } = await findVideoFiles([folder]);
    expect(files.map(({ path }) => path)).toEqual(
      ['a.MKV', 'b.mp4', 'deep/deeper/c.webm'].map((name) => join(folder, name)),
    );
    expect(passedOver).toBe(1);
  });

  it('lists what has the name of a video and is none, so that it is refused by name', async () => {
    const folder = await temporaryFolder();
    await symlink(join(folder, 'nowhere'), join(folder, 'broken.mp4'));
    expect((await findVideoFiles([folder])).files).toEqual([
      { path: join(folder, 'broken.mp4'), named: false },
    ]);
  });

  it('does not take an empty path for the current folder', async () => {
    await expect(findVideoFiles([''])).rejects.toThrow(AppError);
  });
});
