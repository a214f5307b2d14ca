import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { collected } from '../support/collected.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeBlobStore } from './blob-store.contract.js';

describeBlobStore('BlobFiles', async () => BlobFiles.open(await temporaryFolder(), { sweep: true }));

it('BlobFiles removes at its start what a write left that never ended', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, '.unfinished'));
  await writeFile(join(folder, '.unfinished', 'half'), 'half');
  const beside = await BlobFiles.open(folder, { sweep: false });
  expect(await readdir(join(folder, '.unfinished'))).toEqual(['half']);
  expect(await collected(beside.list())).toEqual([]);
  await BlobFiles.open(folder, { sweep: true });
  expect(await readdir(join(folder, '.unfinished'))).toEqual([]);
});
