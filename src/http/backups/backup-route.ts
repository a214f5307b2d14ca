import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { newBackupJob, requireBackupFolder } from '../../app/backup/backup-job.js';
import type { JobQueue } from '../../ports/job-queue.js';
import { requires } from '../access/requires.js';
import { jobBody, jobSchema } from '../jobs/job-schema.js';
import { json, problem } from '../responses.js';

const route = createRoute({
  method: 'post',
  path: '/v1/backups',
  tags: ['Library'],
  summary: 'Back the library up',
  description:
    'A job writes a backup to the folder that the server was told (`VIDERE_BACKUPS`), while the library is in use. Its ' +
    'result says where it is, and which videos go without their file. `videre restore` takes it.',
  security: requires('admin'),
  responses: {
    202: json('The job that does it.', jobSchema),
    409: problem('The server was told no folder, or such a job is under way.'),
  },
});

export interface BackupRouteDependencies {
  jobs: JobQueue;
  backupFolder?: string | undefined;
}

export function addBackupRoute(app: OpenAPIHono, { jobs, backupFolder }: BackupRouteDependencies) {
  return app.openapi(route, async (context) => {
    requireBackupFolder(backupFolder);
    return context.json(jobBody(await jobs.enqueue(newBackupJob())), 202);
  });
}
