import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';

const DATABASE_MODULE = new URL('./library-database.ts', import.meta.url).href;

// A limit on the size of files, in KiB, fails writes as a full disk does, at different points of the opening.
it.each([4, 40, 60])('says that the disk is full when no file may pass %d KiB', async (limitKib) => {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  const script = `
    const { LibraryDatabase } = await import(${JSON.stringify(DATABASE_MODULE)});
    try { new LibraryDatabase(${JSON.stringify(path)}); console.log('opened'); }
    catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;
  const command = `ulimit -f ${limitKib}; exec "$0" --import tsx --input-type=module -e "$1"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, script], {
    encoding: 'utf8',
  });
  expect(stdout, stderr).toContain('"code":"out-of-storage"');
  expect(stdout).toContain(`The disk that holds ${path} is full or failing`);
  expect(stdout).not.toContain('rollback');
});
