import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import type { JobHandler } from '../app/jobs/job-handler.js';
import { JobRunner } from '../app/jobs/job-runner.js';
import { INGEST_JOB } from '../app/videos/ingest-request.js';
import { type IntakeRules, resolveInsideRoots } from '../app/videos/intake-rules.js';
import { processVideo } from '../app/videos/process-video.js';
import { removeOrphanFiles } from '../app/videos/remove-orphan-files.js';
import { Thumbnails } from '../app/videos/thumbnails.js';
import type { AppError } from '../domain/errors.js';
import type { Job } from '../domain/job.js';
import { sampleFrameIndices } from '../model/preprocess/sample-frames.js';
import type { BlobStore } from '../ports/blob-store.js';
import type { Catalog } from '../ports/catalog.js';
import type { ClipIndex } from '../ports/clip-index.js';
import type { VideoEncoder } from '../ports/encoders.js';
import type { JobQueue, Recovery } from '../ports/job-queue.js';

export interface WorkLibrary {
  catalog: Catalog;
  index: ClipIndex;
  jobs: JobQueue;
  blobs: BlobStore;
}

export interface WorkOptions {
  videoEncoder: VideoEncoder;
  intake: IntakeRules;
  /** What is not done by then when the process is told to go goes back into the queue. */
  drainMs: number;
  logFailure: (error: AppError, job?: Job) => void;
}

/** What an earlier process left, and what became of it. */
export interface TakenUp extends Recovery {
  /** Stored files that no video names. */
  removedFiles: string[];
}

/** The work on a library that goes on beside the answering of requests. */
export interface Work {
  thumbnails: Thumbnails;
  intake: IntakeRules;
  takenUp: TakenUp;
  /** Ends what is under way, within the deadline. */
  close(): Promise<void>;
}

/** Takes up what an earlier process left in a library, and begins to work on its jobs. Nobody else may write there. */
export async function openWork(library: WorkLibrary, options: WorkOptions): Promise<Work> {
  const { catalog, blobs, jobs } = library;
  const { videoEncoder, intake, drainMs, logFailure } = options;
  const media = new FfmpegMediaReader();
  await blobs.sweep();
  const removedFiles = await removeOrphanFiles(catalog, blobs);
  const handlers: Record<string, JobHandler> = {
    [INGEST_JOB]: processVideo({
      ...library,
      media,
      videoEncoder,
      sampleFrames: sampleFrameIndices,
      resolvePath: (path) => resolveInsideRoots(path, intake),
    }),
  };
  const runner = new JobRunner({ queue: jobs, handlers, logFailure });
  const recovery = await runner.start(true);
  return {
    thumbnails: new Thumbnails(blobs, media),
    intake,
    takenUp: { ...recovery, removedFiles },
    close: () => runner.drain(drainMs),
  };
}
