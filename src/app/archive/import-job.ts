import { randomUUID } from 'node:crypto';
import { AppError, toAppError } from '../../domain/errors.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { JobQueue, NewJob } from '../../ports/job-queue.js';
import { mayDoBetter } from '../jobs/job-failure.js';
import type { JobHandler } from '../jobs/job-handler.js';
import { assertEmpty, importLibrary } from './import-library.js';
import { LiveLoader, type LiveLoaderDependencies } from './live-loader.js';

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
  modelFingerprint: string;
}

/** Whatever an earlier attempt of the job took in is known to the next. */
export function importJob({ modelFingerprint, ...library }: ImportJobDependencies): JobHandler {
  const { blobs } = library;
  return async ({ payload: { archiveKey } }, { signal, report }) => {
    if (typeof archiveKey !== 'string') throw new AppError('internal', 'The job does not name an archive.');
    const loader = await LiveLoader.open(library, modelFingerprint);
    try {
      const imported = await blobs.withFile(archiveKey, (path) =>
        importLibrary(
          path,
          { loader, blobs },
          {
            merge: true,
            signal,
            onProgress: (stage, share) =>
              report(
                stage,
                stage === 'verifying'
                  ? share * VERIFYING_SHARE
                  : VERIFYING_SHARE + share * (1 - VERIFYING_SHARE),
              ),
          },
        ),
      );
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

/**
 * Removes the archives that no job will take in. Only while none is being sent.
 * @returns the keys removed.
 */
export async function removeStrayArchives(jobs: JobQueue, blobs: BlobStore): Promise<string[]> {
  const needed = new Set<unknown>();
  for (const state of ['queued', 'running'] as const) {
    let cursor: string | undefined;
    do {
      const page = await jobs.list(100, cursor, { kind: IMPORT_JOB, state });
      for (const { payload } of page.jobs) needed.add(payload.archiveKey);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }
  const removed: string[] = [];
  for await (const key of blobs.list(ARCHIVES)) if (!needed.has(key)) removed.push(key);
  for (const key of removed) await blobs.delete(key);
  return removed;
}
