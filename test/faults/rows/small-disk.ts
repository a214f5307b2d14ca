import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.js';

/** Only root may mount. */
export const mayMount = process.getuid?.() === 0;

/** A folder on a disk of its own that holds so much and no more, in memory. */
export async function smallDisk(mebibytes: number): Promise<string> {
  const folder = join(await temporaryFolder(), 'disk');
  await mkdir(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
  // Whatever is still open in it goes with its process.
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return folder;
}
