import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Hears of what is to be cleaned up, last first. */
export type WhenOver = (cleanUp: () => void | Promise<void>) => void;

/** A folder of the test's own, gone when the test is over. */
export async function temporaryFolder(whenOver: WhenOver = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-test-'));
  whenOver(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
