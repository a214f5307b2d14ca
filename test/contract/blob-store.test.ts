import { spawnSync } from 'node:child_process';
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

it('BlobFiles says that the disk is full for files that pass, too', async () => {
  const module = new URL('../../src/adapters/blob-files/blob-files.ts', import.meta.url).href;
  const script = `
    const { BlobFiles } = await import(${JSON.stringify(module)});
    const blobs = new BlobFiles(${JSON.stringify(await temporaryFolder())});
    await blobs
      .withPassingFiles((files) => files.write([Buffer.alloc(9000)]))
      .then(() => console.log('written'), ({ code }) => console.log(code));`;
  // A limit on the size of files, in KiB, fails writes as a full disk does.
  const command = 'ulimit -f 8; exec "$0" --import tsx --input-type=module -e "$1"';
  const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, script], {
    encoding: 'utf8',
  });
  expect(stdout, stderr).toBe('out-of-storage\n');
});
