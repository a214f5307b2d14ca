import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { DataFolderLock } from './data-folder-lock.js';

const MODULE = new URL('./data-folder-lock.ts', import.meta.url).href;

it('is held by one at a time', async () => {
  const folder = await temporaryFolder();
  const lock = DataFolderLock.take(folder);
  expect(() => DataFolderLock.take(folder)).toThrow(`Another Videre is at work in ${folder}.`);
  await lock.close();
  await DataFolderLock.take(folder).close();
});

it('goes with its process, even one that is killed', async () => {
  const folder = await temporaryFolder();
  const script = `
    const { DataFolderLock } = await import(${JSON.stringify(MODULE)});
    DataFolderLock.take(${JSON.stringify(folder)});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  await once(holder.stdout, 'data');
  expect(() => DataFolderLock.take(folder)).toThrow('Another Videre');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await DataFolderLock.take(folder).close();
});

it('says at once that a folder cannot be written', async () => {
  const folder = join(await temporaryFolder(), 'missing');
  expect(() => DataFolderLock.take(folder)).toThrow(`Cannot write to the data folder ${folder}.`);
});
