import { innerProduct } from '../../domain/inner-product.js';
import type { TimeRange } from '../../domain/time-range.js';
import type { CatalogReader } from '../../ports/catalog.js';
import type { TextEncoder } from '../../ports/encoders.js';

/** A page of them. */
export interface ScoredClips {
  clips: ScoredClip[];
  nextCursor: string | undefined;
}

export interface ScoredClip extends TimeRange {
  id: number;
  /** Inner product of the text's and the clip's vector; undefined without a text. */
  score?: number;
}

/**
 * A page of the clips of a video by start, each with how well it fits a text: where in the video it is shown.
 * @throws AppError `corrupt-data`, `invalid-input` for a cursor of another list.
 */
export async function scoreClips(
  { catalog, textEncoder }: { catalog: CatalogReader; textEncoder: TextEncoder },
  videoId: string,
  { query, limit, cursor }: { query?: string | undefined; limit: number; cursor?: string | undefined },
  signal?: AbortSignal,
): Promise<ScoredClips> {
  const text = query === undefined ? undefined : (await textEncoder.encode([query], signal))[0]!;
  const { clips, nextCursor } = await catalog.listClips(videoId, limit, cursor);
  const scored = clips.map(({ id, startSeconds, endSeconds, vector }) => ({
    id,
    startSeconds,
    endSeconds,
    ...(text === undefined ? {} : { score: innerProduct(text, vector) }),
  }));
  return { clips: scored, nextCursor };
}
