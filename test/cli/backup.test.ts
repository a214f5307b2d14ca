import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, it, vi } from 'vitest';
import { openLibraryImport } from '../../src/composition/open-archive.js';
import { runHere } from '../support/run-here.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const video = {
  contentHash: 'a'.repeat(64),
  title: 'one',
  description: '',
  tags: [],
  metadata: {},
  sourcePath: '/nowhere/one.mp4',
  blobKey: null,
  sizeBytes: 1,
  container: 'mp4',
  codec: 'h264',
  width: 1,
  height: 1,
  durationSeconds: 1,
  frameCount: 1,
  createdAtMs: 0,
  clips: [{ startSeconds: 0, endSeconds: 1, vector: Float32Array.of(1, 0) }],
};

async function makeLibrary(dataFolder: string): Promise<void> {
  const { loader, close } = await openLibraryImport({ dataFolder });
  await loader.add(video, 'abc');
  await loader.commit();
  await close();
}

afterEach(() => vi.unstubAllEnvs());

it('videre backup makes what videre restore takes, and both say what to do otherwise', async () => {
  const folder = await temporaryFolder();
  const [data, backups, restored] = ['data', 'backups', 'restored'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await makeLibrary(data);
  await expect(runHere('backup', '--data', data)).rejects.toMatchObject({ hint: /VIDERE_BACKUPS/ });
  const made = JSON.parse((await runHere('backup', backups, '--data', data, '--json')).stdout);
  expect(made).toMatchObject({ videos: 1, clips: 1, withoutFile: [] });
  vi.stubEnv('VIDERE_BACKUPS', backups);
  const verified = JSON.parse((await runHere('backup', '--verify', '--json')).stdout);
  expect(verified).toMatchObject({ backup: made.backup, status: 'sound', videos: 1 });

  await runHere('restore', backups, '--data', restored);
  const listed = JSON.parse((await runHere('videos', 'list', '--data', restored, '--json')).stdout);
  expect(listed.videos).toMatchObject([{ title: 'one', clipCount: 1 }]);
  await expect(runHere('restore', backups, '--data', restored)).rejects.toMatchObject({
    code: 'conflict',
    hint: /--overwrite/,
  });
  await runHere('restore', made.backup, '--data', restored, '--overwrite');

  const database = join(made.backup, 'videre.sqlite');
  const bytes = await readFile(database);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(database, bytes);
  const other = join(folder, 'other');
  await expect(runHere('restore', made.backup, '--data', other)).rejects.toMatchObject({
    code: 'invalid-archive',
    message: expect.stringContaining('videre.sqlite does not match its checksum'),
  });
  expect(existsSync(other)).toBe(false);
  await expect(runHere('backup', '--verify')).rejects.toMatchObject({ code: 'invalid-archive' });
  await expect(runHere('restore', folder, '--data', other)).rejects.toMatchObject({ code: 'file-not-found' });
  await expect(runHere('backup', backups, '--data', other)).rejects.toMatchObject({ code: 'not-found' });
  expect(await readdir(backups)).toHaveLength(1);
});

it('videre doctor --deep names the clip whose row is not what was stored', async () => {
  const data = await temporaryFolder();
  await makeLibrary(data);
  const database = new Database(join(data, 'videre.sqlite'));
  database.exec("update clips set vector = x'0000803f0000803f'");
  database.close();
  const { stdout, exitCode } = await runHere('doctor', '--deep', '--json', '--port', '0', '--data', data);
  const { findings } = JSON.parse(stdout) as { findings: { name: string; status: string; detail: string }[] };
  expect(findings.find(({ name }) => name === 'database')).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/^Clip 1 of video .* does not match its checksum/),
  });
  expect(exitCode).toBe(74);
});
