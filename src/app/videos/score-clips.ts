import { innerProduct } from '../../domain/inner-product.js';
import type { TimeRange } from '../../domain/time-range.js';
import type { Catalog } from '../../ports/catalog.js';
import type { TextEncoder } from '../../ports/encoders.js';

export interface ScoredClip extends TimeRange {
  id: number;
  /** Inner product of the text's and the clip's vector; undefined without a text. */
  score?: number;
}

/**
 * The clips of a video by start, each with how well it fits a text: where in the video it is shown.
 * @throws AppError `corrupt-data`.
 */
export async function scoreClips(
  { catalog, textEncoder }: { catalog: Catalog; textEncoder: TextEncoder },
  videoId: string,
  query: string | undefined,
  signal?: AbortSignal,
): Promise<ScoredClip[]> {
  const text = query === undefined ? undefined : (await textEncoder.encode([query], signal))[0]!;
  const clips = await catalog.clipsOfVideo(videoId);
  return clips.map(({ id, startSeconds, endSeconds, vector }) => ({
    id,
    startSeconds,
    endSeconds,
    ...(text === undefined ? {} : { score: innerProduct(text, vector) }),
  }));
}
