import { type AppError, toAppError } from '../domain/errors.js';
import type { Video } from '../domain/video.js';
import { type FoundFile, findVideoFiles } from './find-video-files.js';
import { type IngestDependencies, ingestVideo } from './ingest-video.js';

export type FileOutcome = FoundFile &
  (
    | { status: 'ingested'; video: Video; clipCount: number }
    | { status: 'known'; video: Video }
    | { status: 'refused'; error: AppError }
  );

export interface IngestReport {
  /** One for each file, in the order they were found. */
  outcomes: FileOutcome[];
  /** Files in folders that are no videos by their name. */
  passedOver: number;
}

/** What the caller hears on the way. */
export interface IngestListener {
  found?: (fileCount: number) => void;
  /** @param share of this file's clips that are encoded, 0 to 1. */
  progress?: (path: string, share: number) => void;
  finished?: (outcome: FileOutcome) => void;
}

/** One is decoded while the other is encoded. */
const FILES_AT_ONCE = 2;

export interface IngestPathsDependencies extends IngestDependencies {
  /** Files worked on at a time: two by default, enough where encoding takes the whole processor. */
  filesAtOnce?: number;
}

/**
 * Ingests files and folders and goes on after a file that cannot be ingested.
 * @throws AppError `cancelled` when the signal is aborted (files that were done stay), and whatever is no fault of a
 *   single file: a full disk, a damaged catalog.
 */
export async function ingestPaths(
  paths: readonly string[],
  dependencies: IngestPathsDependencies,
  listener: IngestListener = {},
  signal?: AbortSignal,
): Promise<IngestReport> {
  const { files, passedOver } = await findVideoFiles(paths);
  listener.found?.(files.length);
  const outcomes: FileOutcome[] = [];

  let next = 0;
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (next < files.length && !stopped) {
      const position = next++;
      const file = files[position]!;
      signal?.throwIfAborted();
      const outcome = await ingestFile(file, dependencies, listener, signal);
      outcomes[position] = outcome;
      listener.finished?.(outcome);
    }
  };
  const workers = Array.from({ length: dependencies.filesAtOnce ?? FILES_AT_ONCE }, () =>
    worker().catch((error) => {
      stopped = true;
      throw error;
    }),
  );
  try {
    for (const settled of await Promise.allSettled(workers)) {
      if (settled.status === 'rejected') throw toAppError(settled.reason);
    }
  } finally {
    // What was ingested is arranged before it is saved, so that nobody after has to.
    await dependencies.index.settled();
    await dependencies.index.save();
  }
  return { outcomes, passedOver };
}

async function ingestFile(
  file: FoundFile,
  dependencies: IngestDependencies,
  listener: IngestListener,
  signal?: AbortSignal,
): Promise<FileOutcome> {
  try {
    const onProgress = (share: number) => listener.progress?.(file.path, share);
    return { ...file, ...(await ingestVideo(file.path, dependencies, { signal, onProgress })) };
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = toAppError(thrown);
    if (concernsEveryFile(error)) throw error;
    return { ...file, status: 'refused', error };
  }
}

/** Errors that the next file would meet as well. */
function concernsEveryFile({ code }: AppError): boolean {
  return ['out-of-storage', 'corrupt-data', 'missing-dependency', 'model-mismatch'].includes(code);
}
