import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { JobQueue } from '../../ports/job-queue.js';
import type { JobHandler } from '../jobs/job-handler.js';
import { type CaptionDependencies, captionStoredClip } from './caption-clip.js';
import { comparableClips } from './found-clips.js';

/** Kind of the jobs that have the clips of a video described. */
export const CAPTION_JOB = 'caption';

export interface CaptionVideoOptions {
  signal?: AbortSignal | undefined;
  /** Share of the video's clips that have a caption, 0 to 1. */
  onProgress?: (share: number) => void;
}

/**
 * Has every clip of a video described that is not described yet, so that it can be begun again after it was broken off.
 * @returns how many clips were described.
 * @throws AppError as `captionClip`; what was described by then is kept.
 */
export async function captionVideo(
  videoId: string,
  dependencies: CaptionDependencies,
  { signal, onProgress }: CaptionVideoOptions = {},
): Promise<number> {
  const clips = await comparableClips(videoId, dependencies);
  const described = new Set(
    (await dependencies.captions.captionsOf(clips.map(({ id }) => id))).map(({ clipId }) => clipId),
  );
  const waiting = clips.filter(({ id }) => !described.has(id));
  for (const [done, clip] of waiting.entries()) {
    await captionStoredClip(clip, dependencies, signal);
    onProgress?.((described.size + done + 1) / clips.length);
  }
  return waiting.length;
}

/** The handler of caption jobs. */
export function captionJob(dependencies: CaptionDependencies): JobHandler {
  return async ({ payload }, { signal, report }) => {
    const { videoId } = payload;
    if (typeof videoId !== 'string')
      throw new AppError('internal', 'The payload of a caption job names no video.');
    const onProgress = (share: number) => report('captioning', share);
    return { videoId, described: await captionVideo(videoId, dependencies, { signal, onProgress }) };
  };
}

/** A handler of ingest jobs after which the captions of the video are asked for, by a job of their own: they may fail alone. */
export function captionedAfter(ingest: JobHandler, jobs: JobQueue): JobHandler {
  return async (job, context) => {
    const result = await ingest(job, context);
    const { videoId = null } = result;
    // Also of a video that was known: its captions may be what an earlier attempt did not get to.
    if (videoId !== null) await jobs.enqueue({ id: randomUUID(), kind: CAPTION_JOB, payload: { videoId } });
    return result;
  };
}
