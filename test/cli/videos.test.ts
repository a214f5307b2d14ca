import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { DataFolderLock } from '../../src/adapters/data-folder-lock/data-folder-lock.js';
import { acceptUpload } from '../../src/app/videos/accept-upload.js';
import { colourLibrary } from '../support/colour-library.js';
import { runHere } from '../support/run-here.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function* content(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** A library with one uploaded video, as a server that was ended before its job began leaves it. */
async function libraryWithUpload() {
  const folder = await temporaryFolder();
  const { catalog } = colourLibrary(folder);
  const blobs = new BlobFiles(join(folder, 'blobs'));
  const file = { ...(await blobs.write('videos/a', content('film'))), blobKey: 'videos/a', name: 'film.mp4' };
  const { video } = await acceptUpload({ catalog, blobs }, file, { title: 'A \u001b[31mred film' });
  return { id: video.id, folder, data: ['--data', folder] };
}

it('lists, tags and deletes videos, with their files', async () => {
  const { id, folder, data } = await libraryWithUpload();
  await runHere('videos', 'tag', id, 'one', 'two', ...data);
  await runHere('videos', 'tag', id, ...data, '--', '-one', 'three');
  const listed = await runHere('videos', 'list', '--tag', 'two', '--json', ...data);
  expect(JSON.parse(listed.stdout).videos).toMatchObject([
    { id, tags: ['two', 'three'], status: 'processing' },
  ]);
  const shown = await runHere('videos', 'show', id, ...data);
  expect(shown.stdout).toContain('4 bytes, kept in the library');
  expect(shown.stdout).not.toContain('\u001b');
  await runHere('videos', 'delete', id, ...data);
  expect(await readdir(join(folder, 'blobs', 'videos'))).toEqual([]);
  expect((await runHere('videos', 'list', ...data)).stdout).toContain('There are none.');
  await expect(runHere('videos', 'delete', id, ...data)).rejects.toMatchObject({ code: 'not-found' });
});

it('looks, and changes nothing, while another process is at work', async () => {
  const { id, folder, data } = await libraryWithUpload();
  const lock = DataFolderLock.take(folder);
  try {
    expect((await runHere('videos', 'list', '--json', ...data)).stdout).toContain(id);
    await expect(runHere('videos', 'delete', id, ...data)).rejects.toMatchObject({ code: 'conflict' });
    expect(await readdir(join(folder, 'blobs', 'videos'))).toEqual(['a']);
  } finally {
    await lock.close();
  }
});

it.each([
  [['list', '--limit', '0'], '--limit takes a whole number from 1'],
  [['list', '--cursor', 'x'], 'is no cursor of this list'],
  [['show', 'nothing'], 'There is no video "nothing".'],
])('refuses %j', async (args, message) => {
  const { data } = await libraryWithUpload();
  await expect(runHere('videos', ...args, ...data)).rejects.toMatchObject({
    message: expect.stringContaining(message),
  });
});
