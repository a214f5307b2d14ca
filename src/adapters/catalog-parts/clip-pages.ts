import { AppError } from '../../domain/errors.js';
import type { ClipPage, StoredClip } from '../../ports/catalog.js';
import { blobToVector, type ClipContent, verifyClip } from './clip-content.js';

/** Of one video, read and checked at once where all are wanted. */
const CLIPS_AT_ONCE = 500;

/** Clips of a video go by their start, and those that start together by their id. */
type ClipPlace = Pick<StoredClip, 'startSeconds' | 'id'>;

/** A cursor is the place of the last clip on the page before. */
export function parseClipCursor(cursor: string | undefined): ClipPlace | undefined {
  if (cursor === undefined) return undefined;
  const [, start, id] = /^(\d+(?:\.\d+)?(?:e[-+]\d+)?)_([1-9]\d{0,15})$/.exec(cursor) ?? [];
  if (start !== undefined && id !== undefined) return { startSeconds: Number(start), id: Number(id) };
  throw new AppError('invalid-input', `${JSON.stringify(cursor)} is no cursor of this list.`, {
    hint: 'Pass the nextCursor of the page before, or none for the first page.',
  });
}

/**
 * @param rows one more than the page holds, if there are that many.
 * @throws AppError `corrupt-data` naming the clip that does not match its checksum.
 */
export function toClipPage(
  rows: readonly (ClipContent & { id: number; checksum: Buffer })[],
  limit: number,
): ClipPage {
  const page = rows.slice(0, limit);
  page.forEach(verifyClip);
  const last = page.at(-1);
  return {
    clips: page.map(({ checksum: _, vector, ...clip }) => ({ ...clip, vector: blobToVector(vector) })),
    nextCursor: rows.length > limit && last !== undefined ? `${last.startSeconds}_${last.id}` : undefined,
  };
}

/** A video of a day has ten thousand: whoever asks for something else between two pages gets a turn. */
export async function allClips(
  pageOf: (limit: number, cursor: string | undefined) => Promise<ClipPage>,
): Promise<StoredClip[]> {
  const found: StoredClip[] = [];
  let cursor: string | undefined;
  do {
    const page = await pageOf(CLIPS_AT_ONCE, cursor);
    found.push(...page.clips);
    cursor = page.nextCursor;
    if (cursor !== undefined) await new Promise((resolve) => setImmediate(resolve));
  } while (cursor !== undefined);
  return found;
}
