import { createHash, randomUUID } from 'node:crypto';
import { basename, extname } from 'node:path';
import { AppError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import type { VideoDescription } from '../../domain/video.js';
import type { NewJob } from '../../ports/job-queue.js';

/** Kind of the jobs that make videos ready. */
export const INGEST_JOB = 'ingest';

/** What the caller says of a video that is coming in; without a title it gets that of its file. */
export type GivenDescription = Partial<VideoDescription>;

/** Where the job finds the video: in the library already, at a path of this machine, or at an address. */
export type IngestSource = { stored: true } | { path: string } | { url: string };

/** @param identity what tells this request from others under the same idempotency key: a hash, a path, an address. */
export function newIngestJob(
  source: IngestSource,
  given: GivenDescription,
  identity: string,
  idempotencyKey?: string,
): NewJob {
  const job = {
    id: randomUUID(),
    kind: INGEST_JOB,
    payload: { source: { ...source }, given: { ...given } },
  };
  if (idempotencyKey === undefined) return job;
  const { title, description, tags, metadata } = given;
  const asked = JSON.stringify([identity, title, description, tags, metadata]);
  const requestHash = createHash('sha256').update(asked).digest('hex');
  return { ...job, idempotency: { key: idempotencyKey, requestHash } };
}

/** @throws AppError `internal` for a payload that `newIngestJob` did not make. */
export function readIngestPayload(payload: JsonObject): { source: IngestSource; given: GivenDescription } {
  const { source, given } = payload as { source?: IngestSource; given?: GivenDescription };
  if (source !== undefined && given !== undefined) return { source, given };
  throw new AppError('internal', 'The payload of an ingest job does not say what to ingest.');
}

const MAX_TITLE_LENGTH = 300;

/** @param sourceName a path, the name of an upload, or an address; from outside, so it may hold anything. */
export function describeNewVideo(given: GivenDescription, sourceName: string): VideoDescription {
  return {
    title: given.title ?? titleOf(sourceName),
    description: given.description ?? '',
    tags: given.tags ?? [],
    metadata: given.metadata ?? {},
  };
}

function titleOf(sourceName: string): string {
  const name = basename(sourceName.replaceAll('\\', '/'));
  const title = printableName(basename(name, extname(name)))
    .slice(0, MAX_TITLE_LENGTH)
    .trim();
  return title === '' ? 'untitled' : title;
}

/** A name from outside without what makes terminals, headers and readers see something else. */
export function printableName(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, ' ');
}
