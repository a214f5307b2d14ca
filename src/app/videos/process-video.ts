import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';
import { mayBeStored } from '../../domain/unknown-outcome.js';
import type { Video, VideoMedia } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { OutboundHttp } from '../../ports/outbound-http.js';
import { encodeVideo, overallShare } from '../encode-video.js';
import { followCatalog } from '../follow-catalog.js';
import { hashFile } from '../hash-file.js';
import type { IngestDependencies } from '../ingest-video.js';
import type { JobContext, JobHandler } from '../jobs/job-handler.js';
import { mediaFacts } from '../media-facts.js';
import { newBlobKey } from './accept-upload.js';
import { describeNewVideo, printableName, readIngestPayload } from './ingest-request.js';
import { assertUrlsAllowed, type IntakeRules, resolveInsideRoots } from './intake-rules.js';
import { tooLarge, upTo } from './up-to.js';
import { withVideoFile } from './video-file.js';

export interface ProcessDependencies extends IngestDependencies {
  blobs: BlobStore;
  intake: IntakeRules;
  /** What the addresses that clients name are called with. */
  downloads: OutboundHttp;
}

/** The handler of ingest jobs: finds out which video it is about, and makes that ready. */
export function processVideo(dependencies: ProcessDependencies): JobHandler {
  return async (job, context) => {
    const { video, isOurs } = await findVideo(dependencies, job, context);
    if (!isOurs) return { videoId: video.id, known: true };
    return video.status === 'ready'
      ? makeFindable(dependencies, video)
      : makeReady(dependencies, video, context);
  };
}

/** `isOurs`: no other job is making it ready. */
interface FoundVideo {
  video: Video;
  isOurs: boolean;
}

async function findVideo(
  dependencies: ProcessDependencies,
  job: Job,
  context: JobContext,
): Promise<FoundVideo> {
  const { source, given } = readIngestPayload(job.payload);
  // An attempt before this one may have come so far.
  const known = job.videoId === null ? undefined : await dependencies.catalog.getVideo(job.videoId);
  if (known !== undefined) return { video: known, isOurs: true };
  if ('stored' in source) throw deleted();
  const media =
    'path' in source
      ? await lookAt(source.path, dependencies, context)
      : await fetchFrom(source.url, dependencies, context);
  let keptKey: string | null = null;
  try {
    const { video, job: itsJob } = await dependencies.catalog.registerVideo(
      { id: randomUUID(), ...media, ...describeNewVideo(given, media.sourcePath) },
      { jobId: job.id },
    );
    keptKey = video.blobKey;
    return { video, isOurs: itsJob?.id === job.id };
  } catch (error) {
    if (mayBeStored(error)) keptKey = media.blobKey;
    throw error;
  } finally {
    if (media.blobKey !== null && media.blobKey !== keptKey) await dependencies.blobs.delete(media.blobKey);
  }
}

/** The path was allowed when it was named; what lies there now is asked again. */
async function lookAt(
  path: string,
  { intake }: ProcessDependencies,
  { signal, report }: JobContext,
): Promise<VideoMedia> {
  report('hashing', 0);
  const sourcePath = await resolveInsideRoots(path, intake);
  return { ...(await hashFile(sourcePath, signal)), sourcePath, blobKey: null };
}

async function fetchFrom(
  url: string,
  { blobs, downloads, intake }: ProcessDependencies,
  { signal, report }: JobContext,
): Promise<VideoMedia> {
  report('downloading', 0);
  assertUrlsAllowed(intake);
  const { sizeBytes, body, discard } = await downloads.download(url, signal);
  try {
    if (sizeBytes !== null && sizeBytes > intake.maxUploadBytes) throw tooLarge(intake.maxUploadBytes);
    const blobKey = newBlobKey();
    const stored = await blobs.write(blobKey, upTo(intake.maxUploadBytes, body));
    // What follows the path may be a secret.
    const { origin, pathname } = new URL(url);
    return { ...stored, sourcePath: origin + decoded(pathname), blobKey };
  } finally {
    discard();
  }
}

function decoded(pathname: string): string {
  try {
    return printableName(decodeURIComponent(pathname));
  } catch {
    return pathname;
  }
}

async function makeReady(
  dependencies: ProcessDependencies,
  video: Video,
  { signal, report }: JobContext,
): Promise<JsonObject> {
  const { catalog, index, media, blobs, videoEncoder } = dependencies;
  const { info, clips } = await withVideoFile(video, blobs, async (path) => {
    report('probing', 0);
    const info = await media.probe(path, signal);
    const clips = await encodeVideo(path, info, dependencies, {
      signal,
      onProgress: (stage, share) => report(stage, overallShare(stage, share)),
    });
    return { info, clips };
  });
  // From here on there is no way back: what is stored cannot be cancelled any more, only deleted.
  signal.throwIfAborted();
  const { fingerprint } = videoEncoder.model;
  if (!(await catalog.completeVideo(video.id, mediaFacts(info), clips, fingerprint))) {
    if ((await catalog.getVideo(video.id)) === undefined) throw deleted();
    return makeFindable(dependencies, video);
  }
  await followCatalog(index, catalog);
  return { videoId: video.id, known: false, clipCount: clips.length };
}

/** Whoever stored its clips may not have lived to add them to the index, and those who share that do not start anew. */
async function makeFindable({ catalog, index }: ProcessDependencies, { id }: Video): Promise<JsonObject> {
  await followCatalog(index, catalog);
  return { videoId: id, known: true };
}

function deleted(): AppError {
  return new AppError('not-found', 'The video was deleted.');
}
