import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

function videre(...args: string[]) {
  const program = join(root, 'bin', 'videre.mjs');
  return spawnSync(process.execPath, [program, ...args], { cwd: root, encoding: 'utf8', timeout: 20_000 });
}

it('finds no library in a misspelt data folder, and makes none there', async () => {
  const data = join(await temporaryFolder(), 'misspelt');
  const { status, stderr } = videre('search', 'red', '--data', data);
  expect(status, stderr).toBe(66);
  expect(stderr).toContain(`There is no library in ${data}.`);
  expect(stderr).toContain('videre ingest PATHS --data');
  expect(existsSync(data)).toBe(false);
});

it.skipIf(process.platform !== 'linux')('refuses to make a data folder under /proc (Linux)', () => {
  const { status, stderr } = videre('ingest', root, '--data', '/proc/1/x');
  expect(status, stderr).toBe(64);
  expect(stderr).toContain('Cannot make the data folder /proc/1/x.');
});

it('refuses to make a data folder under a file', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  const { status, stderr } = videre('ingest', root, '--data', join(file, 'data'));
  expect(status, stderr).toBe(64);
  expect(stderr).toContain('Cannot make the data folder');
});
