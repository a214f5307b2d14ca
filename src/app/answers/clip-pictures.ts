import type { TimeRange } from '../../domain/time-range.js';
import type { Video } from '../../domain/video.js';
import type { Evidence, EvidenceFrame, EvidenceKind } from '../../ports/language-model.js';

const FRAMES_PER_CLIP = 4;
/** Of what a language model is shown, in pixels. */
export const FRAME_WIDTH = 448;

/** Where what can be seen of a clip comes from. */
export interface ClipPictures {
  /**
   * Those of the kinds that are taken.
   * @throws AppError `not-found` when they are gone.
   */
  of(
    video: Video,
    range: TimeRange,
    takes: readonly EvidenceKind[],
    signal?: AbortSignal,
  ): Promise<Pick<Evidence, 'features' | 'frames'>>;
}

/** Pictures from the middle of equal parts of a clip. */
export async function clipFrames(
  { startSeconds, endSeconds }: TimeRange,
  pictureAt: (timeSeconds: number) => Promise<Uint8Array>,
): Promise<EvidenceFrame[]> {
  const partSeconds = (endSeconds - startSeconds) / FRAMES_PER_CLIP;
  const taken: EvidenceFrame[] = [];
  for (let part = 0; part < FRAMES_PER_CLIP; part++) {
    const timeSeconds = startSeconds + (part + 0.5) * partSeconds;
    taken.push({ timeSeconds, jpeg: await pictureAt(timeSeconds) });
  }
  return taken;
}
