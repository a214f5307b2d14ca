import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { clip, readyVideo } from '../../../test/support/new-videos.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { LibraryDatabase } from './library-database.js';
import { SqliteCatalog } from './sqlite-catalog.js';
import { SqliteModelSwitch } from './sqlite-model-switch.js';

it('does not take a damaged clip for one of another model', async () => {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  const database = new LibraryDatabase(path);
  const catalog = new SqliteCatalog(database);
  onTestFinished(() => catalog.close());
  await catalog.addVideo(readyVideo(), [clip], 'old');
  const file = new Database(path);
  onTestFinished(() => void file.close());
  file.exec("update clips set model_fingerprint = 'olb'");
  const models = new SqliteModelSwitch(database);
  expect(await models.others()).toEqual(['olb']);
  await expect(models.remove('olb')).rejects.toMatchObject({ code: 'corrupt-data', details: { clipId: 1 } });
});
