import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SqliteBackupSource, sqliteCopies } from '../../src/adapters/catalog-sqlite/database-backup.js';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { backUpLibrary } from '../../src/app/backup/back-up-library.js';
import { backupJob } from '../../src/app/backup/backup-job.js';
import { verifyBackup } from '../../src/app/backup/verify-backup.js';
import { JobRunner } from '../../src/app/jobs/job-runner.js';
import { colourService } from '../support/colour-service.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { workingService } from '../support/working-service.js';

it('backs the library up as a job', async () => {
  const backupFolder = await temporaryFolder();
  const { app, library, folder, uploadReady, ended } = await workingService({ backupFolder });
  await uploadReady({ framesPerSecond: 4, scenes: [['red', 2]] });
  const database = new LibraryDatabase(join(folder, 'videre.sqlite'));
  const source = new SqliteBackupSource(database, true);
  const dependencies = { ...library, source, copies: sqliteCopies, dataFolder: folder, version: 'test' };
  const runner = new JobRunner({
    queue: library.jobs,
    handlers: { backup: backupJob((options) => backUpLibrary(dependencies, options), backupFolder) },
    logFailure: () => {},
  });
  await runner.start(false);
  const response = await app.request('/v1/backups', { method: 'POST' });
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as { id: string };
  const { state, result } = await ended(id);
  await runner.drain(0);
  database.close();
  expect({ state, result }).toMatchObject({
    state: 'succeeded',
    result: { videos: 1, newFiles: 1, withoutFile: [] },
  });
  const { manifest } = await verifyBackup((result as { backup: string }).backup, sqliteCopies);
  expect(manifest).toMatchObject({ videos: 1, clips: 1, withoutFile: [] });
});

it('says what to do where it was told no folder', async () => {
  const { app } = await colourService();
  const response = await app.request('/v1/backups', { method: 'POST' });
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ code: 'conflict', hint: /VIDERE_BACKUPS/ });
});
