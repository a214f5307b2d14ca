import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteCopies } from '../../src/adapters/catalog-sqlite/database-backup.js';
import { listBackups } from '../../src/app/backup/backup-folders.js';
import { restoreLibrary } from '../../src/app/backup/restore-library.js';
import { verifyBackup } from '../../src/app/backup/verify-backup.js';
import { auditFolder } from './audit-folder.js';

/** The next one links to files of the one before. */
const KEPT = 1;

/**
 * Holds every backup that has its name against what it says, and removes all but the newest.
 * @param restores the newest is restored, too, and the library that comes of it looked through
 * @returns what is wrong, a line each
 */
export async function auditBackups(folder: string, restores: boolean): Promise<string[]> {
  const wrong: string[] = [];
  const names = await listBackups(folder);
  for (const name of names) {
    const backup = join(folder, name);
    try {
      const sound = await verifyBackup(backup, sqliteCopies);
      for (const { title, reason } of sound.manifest.withoutFile) {
        wrong.push(`the backup ${name} lacks the file of ${title}: ${reason}`);
      }
      if (restores && name === names.at(-1)) wrong.push(...(await auditRestored(backup, sound)));
    } catch (error) {
      wrong.push(`the backup ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const name of names.slice(0, -KEPT)) await rm(join(folder, name), { recursive: true });
  return wrong;
}

async function auditRestored(
  backup: string,
  sound: Awaited<ReturnType<typeof verifyBackup>>,
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-restored-'));
  try {
    await restoreLibrary(backup, sound, folder, {});
    return (await auditFolder(folder, true)).map((line) => `restored: ${line}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
