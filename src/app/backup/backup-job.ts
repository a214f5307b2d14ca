import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { NewJob } from '../../ports/job-queue.js';
import type { JobHandler } from '../jobs/job-handler.js';
import type { BackupOptions, BackupReport } from './back-up-library.js';

/** Kind of the jobs that back the library up. */
export const BACKUP_JOB = 'backup';

export type BackUp = (options: BackupOptions) => Promise<BackupReport>;

export function newBackupJob(): NewJob {
  return { id: randomUUID(), kind: BACKUP_JOB, isAlone: true, payload: {} };
}

/** @param folder of backups, as the server was told; undefined where it was not told any more since the job was begun */
export function backupJob(backUp: BackUp, folder: string | undefined): JobHandler {
  return async (_job, { signal, report }) => {
    const { withoutFile, ...done } = await backUp({
      folder: requireBackupFolder(folder),
      signal,
      onProgress: (share) => report('backing up', share),
    });
    return { ...done, withoutFile: withoutFile.map(({ videoId, reason }) => ({ videoId, reason })) };
  };
}

/** @throws AppError `conflict` */
export function requireBackupFolder(folder: string | undefined): string {
  if (folder !== undefined) return folder;
  throw new AppError('conflict', 'This server was not told where to keep backups.', {
    hint: 'Start it with VIDERE_BACKUPS set to a folder, best on another disk.',
  });
}
