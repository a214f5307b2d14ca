import { GuardedHttp } from '../adapters/guarded-http/guarded-http.js';
import { FfmpegMediaReader } from '../adapters/media-ffmpeg/ffmpeg-media-reader.js';
import type { CaptionDependencies } from '../app/answers/caption-clip.js';
import { CAPTION_JOB, captionedAfter, captionJob } from '../app/answers/caption-video.js';
import { IMPORT_JOB, importJob, removeStrayArchives } from '../app/archive/import-job.js';
import { BACKUP_JOB } from '../app/backup/backup-job.js';
import type { JobHandler } from '../app/jobs/job-handler.js';
import { type Drained, JobRunner } from '../app/jobs/job-runner.js';
import { measuredStages } from '../app/jobs/measured-stages.js';
import {
  newRemoveVectorsJob,
  REEMBED_JOB,
  REMOVE_VECTORS_JOB,
  reembedJob,
  removeVectorsJob,
} from '../app/models/reembed-job.js';
import type { ReembedDependencies, RemoveVectorsDependencies } from '../app/models/reembed-library.js';
import { INGEST_JOB } from '../app/videos/ingest-request.js';
import type { IntakeRules } from '../app/videos/intake-rules.js';
import { processVideo } from '../app/videos/process-video.js';
import { removeStrayFiles } from '../app/videos/stray-files.js';
import { Thumbnails } from '../app/videos/thumbnails.js';
import { WebhookSender } from '../app/webhooks/webhook-sender.js';
import { type AppError, toAppError } from '../domain/errors.js';
import type { Job } from '../domain/job.js';
import type { ClipWindowing } from '../model/bundle.js';
import { sampleFrameIndices } from '../model/preprocess/sample-frames.js';
import type { BlobStore } from '../ports/blob-store.js';
import type { CaptionStore } from '../ports/caption-store.js';
import type { Catalog } from '../ports/catalog.js';
import type { ClipIndex } from '../ports/clip-index.js';
import type { VideoEncoder } from '../ports/encoders.js';
import type { JobQueue, Recovery } from '../ports/job-queue.js';
import type { Metrics } from '../ports/metrics.js';
import type { OutboundHttp } from '../ports/outbound-http.js';
import type { WebhookStore } from '../ports/webhook-store.js';

export interface WorkLibrary {
  catalog: Catalog;
  index: ClipIndex;
  jobs: JobQueue;
  blobs: BlobStore;
  captions: CaptionStore;
  webhooks: WebhookStore;
  metrics: Metrics;
}

export interface WorkOptions {
  videoEncoder: VideoEncoder;
  intake: IntakeRules;
  /** Whether webhooks may be on this machine. */
  allowLocalWebhooks: boolean;
  /** What is not done by then when the process is told to go goes back into the queue. */
  drainMs: number;
  logFailure: (error: AppError, job?: Job) => void;
  /** Hears what became of the jobs under way when the process was told to go. */
  onDrained: (drained: Drained) => void;
  /** Removes saved indexes that were never recorded, or were replaced; gives their names. */
  removeStrayIndexFiles: () => Promise<string[]>;
  captions: CaptionDependencies;
  /** Have every video that comes in described. */
  captionsAtIngest: boolean;
  windowing: ClipWindowing;
  /** Backs the library up. */
  backup: JobHandler;
  /** What it takes to bring the library to the model in a bundle. */
  openReembedding: (bundleFolder: string) => Promise<ReembedDependencies & { close(): Promise<void> }>;
  modelSwitch: RemoveVectorsDependencies;
  /** Nobody else works on the library, so whatever is under way in it or half done was left by an earlier process. */
  isAlone: boolean;
  /** Calls back when another process may have brought the library to another model. */
  onModelChange: (listener: () => void) => () => void;
}

/** What an earlier process left, and what became of it. */
export interface TakenUp extends Recovery {
  /** Stored files that no video names, and index files that no row does. */
  removedFiles: string[];
}

/** The work on a library that goes on beside the answering of requests. */
export interface Work {
  thumbnails: Thumbnails;
  intake: IntakeRules;
  downloads: OutboundHttp;
  webhookHttp: OutboundHttp;
  /**
   * Takes up what an earlier process left, and begins to work on the jobs.
   * @param removesRemains removes files of writes that never ended, too; only while none is being written.
   */
  begin(options: { removesRemains: boolean }): Promise<TakenUp>;
  /** Done when a job has brought the library to another model: all work has stopped, and this library is to be closed. */
  switched: Promise<void>;
  /** Ends what is under way, within the deadline. */
  close(): Promise<void>;
}

/** The work on a library's jobs, ready to begin. */
export function openWork(library: WorkLibrary, options: WorkOptions): Work {
  const { catalog, blobs, jobs } = library;
  const { videoEncoder, intake, allowLocalWebhooks, drainMs, logFailure } = options;
  const { openReembedding, modelSwitch, captions, captionsAtIngest, isAlone } = options;
  const media = new FfmpegMediaReader();
  let tellSwitched = () => {};
  const switched = new Promise<void>((resolve) => {
    tellSwitched = resolve;
  });
  const downloads = new GuardedHttp({ allowLoopback: false });
  const webhookHttp = new GuardedHttp({ allowLoopback: allowLocalWebhooks });
  const sender = new WebhookSender({
    webhooks: library.webhooks,
    http: webhookHttp,
    logFault: (fault) => logFailure(toAppError(fault)),
  });
  const ingest = processVideo({
    ...library,
    media,
    videoEncoder,
    windowing: options.windowing,
    sampleFrames: sampleFrameIndices,
    intake,
    downloads,
  });
  const handlers: Record<string, JobHandler> = {
    [INGEST_JOB]: captionsAtIngest ? captionedAfter(ingest, jobs) : ingest,
    [CAPTION_JOB]: captionJob(captions),
    [REEMBED_JOB]: reembedJob(async (bundleFolder) => ({
      ...(await openReembedding(bundleFolder)),
      onSwitched: async (replaced) => {
        // At once: what is being encoded with the old model must not be stored any more.
        leave();
        // For the next one who works here, when nobody looks at the old vectors any more.
        if (replaced !== undefined) await jobs.enqueue(newRemoveVectorsJob(replaced));
      },
    })),
    [REMOVE_VECTORS_JOB]: removeVectorsJob(modelSwitch),
    [BACKUP_JOB]: options.backup,
    [IMPORT_JOB]: importJob({ ...library, model: videoEncoder.model }),
  };
  const measured = Object.entries(handlers).map(
    ([kind, handler]) => [kind, measuredStages(kind, handler, library.metrics)] as const,
  );
  const runner = new JobRunner({ queue: jobs, handlers: Object.fromEntries(measured), logFailure });
  const leave = () => {
    runner.drain(0).then(tellSwitched);
  };
  const stopListening = options.onModelChange(() => {
    modelSwitch.models
      .active()
      .then((active) => {
        if (active !== undefined && active.fingerprint !== videoEncoder.model.fingerprint) leave();
      })
      .catch((fault) => logFailure(toAppError(fault)));
  });
  const removeRemains = async () => {
    await blobs.sweep();
    const indexFiles = await options.removeStrayIndexFiles();
    const archives = await removeStrayArchives(jobs, library);
    return [...indexFiles, ...archives, ...(await removeStrayFiles(catalog, blobs))];
  };
  return {
    thumbnails: new Thumbnails(catalog, blobs, media),
    intake,
    downloads,
    webhookHttp,
    begin: async ({ removesRemains }) => {
      const removedFiles = removesRemains && isAlone ? await removeRemains() : [];
      const recovery = await runner.start(isAlone);
      sender.start();
      return { ...recovery, removedFiles };
    },
    switched,
    close: async () => {
      stopListening();
      options.onDrained(await runner.drain(drainMs));
      await sender.close();
      await Promise.all([downloads.close(), webhookHttp.close()]);
    },
  };
}
