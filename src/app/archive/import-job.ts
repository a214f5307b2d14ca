import { randomUUID } from 'node:crypto';
import { AppError, toAppError } from '../../domain/errors.js';
import { isEndState, type Job } from '../../domain/job.js';
import type { Catalog } from '../../ports/catalog.js';
import type { JobQueue, NewJob } from '../../ports/job-queue.js';
import { mayDoBetter } from '../jobs/job-failure.js';
import type { JobHandler } from '../jobs/job-handler.js';
import { type DeleteDependencies, deleteVideo } from '../videos/delete-video.js';
import { assertEmpty, type ImportOptions, importLibrary } from './import-library.js';
import { importedVideoId, type LiveImport, LiveLoader, type LiveLoaderDependencies } from './live-loader.js';
import { readArchive } from './read-archive.js';

/** Kind of the jobs that take an archive into the library. */
export const IMPORT_JOB = 'import';

/** Prefix of the keys of archives that wait to be taken in. */
const ARCHIVES = 'imports/';

/** Of the job: looking through the whole archive takes less than taking it in. */
const VERIFYING_SHARE = 0.3;

export function newArchiveKey(): string {
  return ARCHIVES + randomUUID();
}

/** @param archiveKey of the stored archive, which is the job's from now on. */
export function newImportJob(archiveKey: string): NewJob {
  return { id: randomUUID(), kind: IMPORT_JOB, payload: { archiveKey } };
}

/** @throws AppError `conflict` for a library that holds something, unless it may be added to. To be asked before the archive is sent. */
export async function assertTakesArchive(catalog: Catalog, merge: boolean): Promise<void> {
  assertEmpty((await catalog.size()).videos, merge, 'Add the archive to them with ?merge=true.');
}

export interface ImportJobDependencies extends LiveLoaderDependencies {
  model: LiveImport['model'];
}

/** What an attempt took in that did not live to the end of it is completed by the next, or goes when that fails, too. */
export function importJob({ model, ...library }: ImportJobDependencies): JobHandler {
  const { blobs } = library;
  return async ({ id: jobId, attempts, payload: { archiveKey } }, { signal, report }) => {
    if (typeof archiveKey !== 'string') throw new AppError('internal', 'The job does not name an archive.');
    const loader = await LiveLoader.open(library, { jobId, model });
    const onProgress: ImportOptions['onProgress'] = (stage, share) =>
      report(
        stage,
        stage === 'verifying' ? share * VERIFYING_SHARE : VERIFYING_SHARE + share * (1 - VERIFYING_SHARE),
      );
    try {
      const imported = await blobs.withFile(archiveKey, async (path) => {
        if (attempts > 1) {
          for await (const videoId of takenIn(library.catalog, jobId, path, signal)) loader.adopt(videoId);
        }
        return importLibrary(path, { loader, blobs }, { merge: true, signal, onProgress });
      });
      await blobs.delete(archiveKey);
      return { ...imported };
    } catch (thrown) {
      const error = toAppError(thrown);
      // One that will never be taken in need not be kept.
      if (!signal.aborted && !mayDoBetter(error)) await blobs.delete(archiveKey);
      throw error;
    } finally {
      await loader.close();
    }
  };
}

/** Ids of the videos of an archive that are there because this job took them in. */
async function* takenIn(
  catalog: Catalog,
  jobId: string,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  for await (const item of readArchive(path, signal)) {
    if (item.kind !== 'videos') continue;
    for await (const { video } of item.videos) {
      const videoId = importedVideoId(jobId, video.contentHash);
      if ((await catalog.getVideo(videoId)) !== undefined) yield videoId;
    }
  }
}

/**
 * Removes the archives that no job will take in, and before them the videos of jobs that ended, by being cancelled or given
 * up on, after an attempt whose process was killed. Only while no archive is being sent.
 * @returns the keys removed.
 */
export async function removeStrayArchives(jobs: JobQueue, library: DeleteDependencies): Promise<string[]> {
  const { blobs, catalog } = library;
  const jobOf = new Map<unknown, Job>();
  let cursor: string | undefined;
  do {
    const page = await jobs.list(100, cursor, { kind: IMPORT_JOB });
    for (const job of page.jobs) jobOf.set(job.payload.archiveKey, job);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  const removed: string[] = [];
  for await (const key of blobs.list(ARCHIVES)) {
    const job = jobOf.get(key);
    if (job === undefined || isEndState(job.state)) removed.push(key);
  }
  for (const key of removed) {
    const job = jobOf.get(key);
    if (job !== undefined && job.state !== 'succeeded') {
      await blobs
        .withFile(key, async (path) => {
          for await (const videoId of takenIn(catalog, job.id, path)) await deleteVideo(library, videoId);
        })
        .catch((thrown) => {
          // Nothing of it was ever taken in.
          if (toAppError(thrown).code !== 'invalid-archive') throw thrown;
        });
    }
    await blobs.delete(key);
  }
  return removed;
}
