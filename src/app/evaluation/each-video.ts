import { type AppError, toAppError } from '../../domain/errors.js';
import type { EvaluationVideo } from './evaluation-set.js';
import { locateVideos } from './locate-videos.js';

/** A video that is not there, or not to be decoded. */
export interface MissingVideo {
  id: string;
  reason: string;
}

/** Two files at a time: one is decoded while the other is encoded. */
const FILES_AT_ONCE = 2;

/**
 * Finds each video of a set in a folder and works on it; those that are not there or fail are named, not passed over.
 * @returns what came of the others, in the order of the set.
 * @throws AppError `file-not-found` for the folder, `cancelled`, and what is no fault of a single video.
 */
export async function eachVideo<Video extends EvaluationVideo, Result extends object>(
  videos: readonly Video[],
  folder: string,
  work: (path: string, video: Video) => Promise<Result>,
  onDone: () => void,
  signal?: AbortSignal,
): Promise<{ results: Result[]; missing: MissingVideo[] }> {
  const located = await locateVideos(folder, videos);
  const outcomes: ({ result: Result } | MissingVideo)[] = [];
  let next = 0;

  const attempt = async (video: Video): Promise<{ result: Result } | MissingVideo> => {
    const path = located.get(video.id);
    if (path === undefined) return { id: video.id, reason: `no file ${video.file} in ${folder}` };
    try {
      return { result: await work(path, video) };
    } catch (thrown) {
      signal?.throwIfAborted();
      const error = toAppError(thrown);
      if (!concernsOneFile(error)) throw error;
      return { id: video.id, reason: `${error.code}: ${error.message}` };
    }
  };
  const worker = async (): Promise<void> => {
    while (next < videos.length) {
      signal?.throwIfAborted();
      const position = next++;
      outcomes[position] = await attempt(videos[position]!);
      onDone();
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, worker));
  for (const each of settled) if (each.status === 'rejected') throw toAppError(each.reason);

  return {
    results: outcomes.flatMap((outcome) => ('result' in outcome ? [outcome.result] : [])),
    missing: outcomes.filter((outcome) => 'reason' in outcome),
  };
}

function concernsOneFile({ code }: AppError): boolean {
  return ['unsupported-media', 'truncated-media', 'media-limit', 'file-not-found', 'timed-out'].includes(
    code,
  );
}
