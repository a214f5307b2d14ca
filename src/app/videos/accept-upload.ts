import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import { type Job, MAX_QUEUED_JOBS } from '../../domain/job.js';
import { mayBeStored } from '../../domain/unknown-outcome.js';
import type { Video } from '../../domain/video.js';
import type { BlobStore, StoredBlob } from '../../ports/blob-store.js';
import type { Catalog } from '../../ports/catalog.js';
import type { JobQueue } from '../../ports/job-queue.js';
import { describeNewVideo, type GivenDescription, newIngestJob } from './ingest-request.js';
import { hasVideoFile } from './video-file.js';

/** @throws AppError `overloaded`. To be asked before a body is read. */
export async function assertRoomInQueue(jobs: JobQueue): Promise<void> {
  const { queued } = await jobs.depth();
  if (queued < MAX_QUEUED_JOBS) return;
  throw new AppError('overloaded', `${queued} jobs wait; no more are taken.`, {
    hint: 'Try again when some of them are done.',
  });
}

/** Prefix of the keys of all stored videos. */
export const STORED_VIDEOS = 'videos/';

/** Where a new upload is stored; a name from outside is never part of it. */
export function newBlobKey(): string {
  return STORED_VIDEOS + randomUUID();
}

/** A file that has arrived whole. */
export interface UploadedFile extends StoredBlob {
  blobKey: string;
  /** What the client called it. */
  name: string;
}

export interface AcceptUploadDependencies {
  catalog: Catalog;
  blobs: BlobStore;
}

/**
 * Takes a stored upload into the library: from here on its video and the job that makes it ready are there, or neither.
 * The same content is the same video: the new copy goes then, unless the first is lost.
 * @param idempotencyKey the same request under the same key is answered with the same job.
 * @returns the job is undefined for a video that was ingested without one.
 * @throws AppError `conflict` for a key that was used for something else.
 */
export async function acceptUpload(
  { catalog, blobs }: AcceptUploadDependencies,
  file: UploadedFile,
  given: GivenDescription,
  idempotencyKey?: string,
): Promise<{ video: Video; job: Job | undefined }> {
  const { blobKey, name, contentHash, sizeBytes } = file;
  let kept = false;
  try {
    // Before its job is there, which may begin at once and looks for the file.
    kept = await takeLostPlace(file, { catalog, blobs });
    const { video, job } = await catalog.registerVideo(
      {
        id: randomUUID(),
        contentHash,
        sizeBytes,
        sourcePath: name,
        blobKey,
        ...describeNewVideo(given, name),
      },
      { enqueue: newIngestJob({ stored: true }, given, contentHash, idempotencyKey) },
    );
    kept = video.blobKey === blobKey;
    return { video, job };
  } catch (error) {
    kept ||= mayBeStored(error);
    throw error;
  } finally {
    if (!kept) await blobs.delete(blobKey);
  }
}

/** The same content again, and the first copy of it is lost: this one takes its place. @returns whether it does. */
async function takeLostPlace(
  { blobKey, contentHash, name }: UploadedFile,
  { catalog, blobs }: AcceptUploadDependencies,
): Promise<boolean> {
  const known = await catalog.findByContentHash(contentHash);
  if (known === undefined || (await hasVideoFile(known, blobs))) return false;
  return catalog.replaceFile(known.id, { blobKey, sourcePath: name });
}
