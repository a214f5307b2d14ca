import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteJobQueue } from '../../src/adapters/catalog-sqlite/sqlite-job-queue.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { describeJobQueue } from './job-queue.contract.js';

describeJobQueue('SqliteJobQueue', async (limits) => {
  const path = join(await temporaryFolder(), 'videre.sqlite');
  let nowMs = 0;
  const [leaseMs, maxAttempts] = [30_000, 3];
  const openQueue = () => {
    const database = new LibraryDatabase(path);
    onTestFinished(() => database.close());
    return new SqliteJobQueue(database, { leaseMs, maxAttempts, clock: () => nowMs, ...limits });
  };
  const pass = (milliseconds: number) => {
    nowMs += milliseconds;
  };
  return { queue: openQueue(), another: openQueue, leaseMs, maxAttempts, pass };
});
