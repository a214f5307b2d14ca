import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { Job } from '../../domain/job.js';
import type { JsonObject } from '../../domain/json.js';
import type { Video } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import { encodeVideo, overallShare } from '../encode-video.js';
import { followCatalog } from '../follow-catalog.js';
import { hashFile } from '../hash-file.js';
import type { IngestDependencies } from '../ingest-video.js';
import type { JobContext, JobHandler } from '../jobs/job-handler.js';
import { mediaFacts } from '../media-facts.js';
import { describeNewVideo, readIngestPayload } from './ingest-request.js';
import { withVideoFile } from './video-file.js';

export interface ProcessDependencies extends IngestDependencies {
  blobs: BlobStore;
  /** @throws AppError for a path that clients may not name (any more). @returns it without links. */
  resolvePath: (path: string) => Promise<string>;
}

/** The handler of ingest jobs: finds out which video it is about, and makes that ready. */
export function processVideo(dependencies: ProcessDependencies): JobHandler {
  return async (job, context) => {
    const { video, isOurs } = await findVideo(dependencies, job, context);
    if (video.status === 'ready' || !isOurs) return { videoId: video.id, known: true };
    return makeReady(dependencies, video, context);
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
  { signal, report }: JobContext,
): Promise<FoundVideo> {
  const { catalog, resolvePath } = dependencies;
  const { source, given } = readIngestPayload(job.payload);
  if (job.videoId !== null) {
    const video = await catalog.getVideo(job.videoId);
    if (video !== undefined) return { video, isOurs: true };
  }
  if ('stored' in source || 'url' in source) throw deleted();
  report('hashing', 0);
  const sourcePath = await resolvePath(source.path);
  const file = await hashFile(sourcePath, signal);
  const registered = await catalog.registerVideo(
    { id: randomUUID(), ...file, sourcePath, blobKey: null, ...describeNewVideo(given, sourcePath) },
    { jobId: job.id },
  );
  return { video: registered.video, isOurs: registered.job?.id === job.id };
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
    const onProgress = (stage: string, share: number) => report(stage, share);
    const clips = await encodeVideo(path, info, dependencies, {
      signal,
      onProgress: (stage, share) => onProgress(stage, overallShare(stage, share)),
    });
    return { info, clips };
  });
  // From here on there is no way back: what is stored cannot be cancelled any more, only deleted.
  signal.throwIfAborted();
  const { fingerprint } = videoEncoder.model;
  if (!(await catalog.completeVideo(video.id, mediaFacts(info), clips, fingerprint))) {
    if ((await catalog.getVideo(video.id)) === undefined) throw deleted();
    return { videoId: video.id, known: true };
  }
  await followCatalog(index, catalog);
  return { videoId: video.id, known: false, clipCount: clips.length };
}

function deleted(): AppError {
  return new AppError('not-found', 'The video was deleted.');
}
