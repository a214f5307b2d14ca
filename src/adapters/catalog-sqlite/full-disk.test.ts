import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';

const DATABASE_MODULE = new URL('./library-database.ts', import.meta.url).href;
const CATALOG_MODULE = new URL('./sqlite-catalog.ts', import.meta.url).href;

/** What a process prints that runs the script, itself limited in some way before. */
function printed(script: string, limit: string) {
  const command = `${limit}; exec "$0" --import tsx --input-type=module -e "$1"`;
  return spawnSync('bash', ['-c', command, process.execPath, script], { encoding: 'utf8' });
}

// A limit on the size of files, in KiB, fails writes as a full disk does, at different points of the opening.
it.each([4, 40, 60])('says that the disk is full when no file may pass %d KiB', async (limitKib) => {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  const script = `
    const { LibraryDatabase } = await import(${JSON.stringify(DATABASE_MODULE)});
    try { new LibraryDatabase(${JSON.stringify(path)}); console.log('opened'); }
    catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;
  const { stdout, stderr } = printed(script, `ulimit -f ${limitKib}`);
  expect(stdout, stderr).toContain('"code":"out-of-storage"');
  expect(stdout).toContain(`The disk that holds ${path} is full or failing`);
  expect(stdout).not.toContain('rollback');
});

// The limit comes when the database is larger already: the log has room for the deletion, the file has none for what is in the log.
it('deletes a video though the disk is too full to clear the log, and waits for others as before', async () => {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  const script = `
    const { execFileSync } = await import('node:child_process');
    const { LibraryDatabase } = await import(${JSON.stringify(DATABASE_MODULE)});
    const { SqliteCatalog } = await import(${JSON.stringify(CATALOG_MODULE)});
    const database = new LibraryDatabase(${JSON.stringify(path)});
    const catalog = new SqliteCatalog(database);
    const clip = { startSeconds: 0, endSeconds: 1, vector: new Float32Array(16384).fill(1) };
    for (let n = 0; n < 40; n++) {
      const video = { id: 'v' + n, contentHash: 'h' + n, title: 't', status: 'ready', description: '', tags: [], metadata: {},
        blobKey: null, sourcePath: '/t', sizeBytes: 1, container: 'mp4', codec: 'h264', width: 1, height: 1, durationSeconds: 1,
        frameCount: 1, createdAtMs: 1, updatedAtMs: 1, revision: 1 };
      await catalog.addVideo(video, [clip], 'model');
    }
    database.forgetDeleted();
    execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=1000000']);
    const deleted = await catalog.deleteVideo('v39').catch((error) => error);
    const waitMs = database.run(({ $client }) => $client.pragma('busy_timeout', { simple: true }));
    console.log(JSON.stringify({ clips: deleted.clipIds, left: (await catalog.size()).videos, waits: waitMs > 0 }));`;
  const { stdout, stderr } = printed(script, 'true');
  expect(JSON.parse(stdout), stderr).toEqual({ clips: [40], left: 39, waits: true });
});
