import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import type { NewJob } from '../../ports/job-queue.js';
import type { JobHandler } from '../jobs/job-handler.js';
import {
  type ReembedDependencies,
  type ReembedRequest,
  type RemoveVectorsDependencies,
  reembedLibrary,
  removeVectors,
} from './reembed-library.js';

/** Kind of the jobs that bring the library to another model. */
export const REEMBED_JOB = 'reembed';

/** Goes alone: two would undo each other's work. */
export function newReembedJob(request: ReembedRequest): NewJob {
  return { id: randomUUID(), kind: REEMBED_JOB, isAlone: true, payload: { ...request } };
}

/** @param open what the work on a bundle needs; closed when it is done. */
export function reembedJob(
  open: (bundleFolder: string) => Promise<ReembedDependencies & { close(): Promise<void> }>,
): JobHandler {
  return async (job, { signal, report }) => {
    const request = readPayload(job.payload);
    const dependencies = await open(request.bundleFolder);
    try {
      return { ...(await reembedLibrary(request, dependencies, { signal, report })) };
    } finally {
      await dependencies.close();
    }
  };
}

/** Kind of the jobs that remove the vectors of the model before. */
export const REMOVE_VECTORS_JOB = 'remove-vectors';

export function newRemoveVectorsJob(fingerprint: string): NewJob {
  return { id: randomUUID(), kind: REMOVE_VECTORS_JOB, payload: { fingerprint } };
}

export function removeVectorsJob(dependencies: RemoveVectorsDependencies): JobHandler {
  return async ({ payload: { fingerprint } }) => {
    if (typeof fingerprint !== 'string') throw new AppError('internal', 'The job does not name a model.');
    await removeVectors(fingerprint, dependencies);
    return { fingerprint };
  };
}

/** @throws AppError `internal` for a payload that `newReembedJob` did not make. */
function readPayload({ bundleFolder, skipUnreadable }: JsonObject): ReembedRequest {
  if (typeof bundleFolder === 'string') return { bundleFolder, skipUnreadable: skipUnreadable === true };
  throw new AppError('internal', 'The payload of a re-embedding job does not name a bundle.');
}
