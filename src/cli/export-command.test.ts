import { existsSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.js';
import { openLibraryImport } from '../composition/open-archive.js';
import { exportCommand } from './export-command.js';
import { importCommand } from './import-command.js';

const video = {
  contentHash: 'a'.repeat(64),
  title: 'one',
  description: '',
  tags: ['tag'],
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

it('videre export writes what videre import takes, and neither overwrites anything', async () => {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  onTestFinished(() => write.mockRestore());
  const folder = await temporaryFolder();
  const [data, other, archive] = ['data', 'other', 'library.tar'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const { loader, close } = await openLibraryImport({ dataFolder: data });
  await loader.add(video, 'abc');
  await loader.commit();
  await close();
  const exportTo = (...rawArgs: string[]) => runCommand(exportCommand, { rawArgs });
  const importFrom = (...rawArgs: string[]) => runCommand(importCommand, { rawArgs });

  await exportTo(archive, '--data', data);
  await expect(exportTo(archive, '--data', data)).rejects.toMatchObject({ code: 'conflict' });
  await importFrom(archive, '--data', other, '--json');
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ added: 1, known: 0, clips: 1, modelFingerprint: 'abc' });
  await expect(importFrom(archive, '--data', other)).rejects.toMatchObject({ hint: /--merge/ });
  await importFrom(archive, '--data', other, '--merge', '--json');
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ added: 0, known: 1 });

  await truncate(archive, 3000);
  const third = join(folder, 'third');
  await expect(importFrom(archive, '--data', third)).rejects.toMatchObject({
    code: 'invalid-archive',
  });
  await expect(exportTo(join(folder, 'new.tar'), '--data', join(folder, 'none'))).rejects.toMatchObject({
    code: 'not-found',
  });
  expect(existsSync(join(folder, 'new.tar'))).toBe(false);
});
