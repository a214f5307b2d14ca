import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import { collected } from '../support/collected.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeBlobStore } from './blob-store.contract.js';

describeBlobStore('BlobFiles', async () => new BlobFiles(await temporaryFolder()));

it('BlobFiles does not list, and sweeps away, what a write left that never ended', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, '.unfinished'));
  await writeFile(join(folder, '.unfinished', 'half'), 'half');
  const blobs = new BlobFiles(folder);
  expect(await collected(blobs.list())).toEqual([]);
  await blobs.sweep();
  expect(await readdir(folder)).toEqual([]);
});
