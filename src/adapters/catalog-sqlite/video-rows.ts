import { and, eq, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.js';
import type { VideoFilter } from '../../ports/catalog.js';
import { videos } from './schema/videos.js';

/** The columns of a `Video`. */
export const videoColumns = {
  id: videos.id,
  contentHash: videos.contentHash,
  status: videos.status,
  title: videos.title,
  description: videos.description,
  tags: videos.tags,
  metadata: videos.metadata,
  sourcePath: videos.sourcePath,
  blobKey: videos.blobKey,
  sizeBytes: videos.sizeBytes,
  container: videos.container,
  codec: videos.codec,
  width: videos.width,
  height: videos.height,
  durationSeconds: videos.durationSeconds,
  frameCount: videos.frameCount,
  createdAtMs: videos.createdAtMs,
  updatedAtMs: videos.updatedAtMs,
  revision: videos.revision,
};

/** The columns of a `ListedVideo`. */
export const listedVideoColumns = {
  ...videoColumns,
  // Written out: drizzle would leave out the names of the tables, and both have a column `id`.
  clipCount: sql<number>`(
    select count(*) from clips
    where clips.video_id = videos.id and clips.model_fingerprint = (select fingerprint from library_models)
  )`,
};

/** The condition of a list; undefined when everything passes. */
export function videosThatPass(filter: VideoFilter): SQL | undefined {
  const { titleContains, tag, status, minDurationSeconds, maxDurationSeconds } = filter;
  const { createdFromMs, createdBeforeMs } = filter;
  return and(
    titleContains === undefined ? undefined : titleHas(titleContains),
    tag === undefined
      ? undefined
      : sql`exists (select 1 from json_each(${videos.tags}) where json_each.value = ${tag})`,
    status === undefined ? undefined : eq(videos.status, status),
    minDurationSeconds === undefined ? undefined : gte(videos.durationSeconds, minDurationSeconds),
    maxDurationSeconds === undefined ? undefined : lte(videos.durationSeconds, maxDurationSeconds),
    createdFromMs === undefined ? undefined : gte(videos.createdAtMs, createdFromMs),
    createdBeforeMs === undefined ? undefined : lt(videos.createdAtMs, createdBeforeMs),
  );
}

function titleHas(text: string): SQL {
  // `like` reads a pattern up to its first NUL only, and would find what has the part before it.
  if (text.includes('\0')) return sql`false`;
  return sql`${videos.title} like ${`%${escapeLike(text)}%`} escape '\\'`;
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/** A cursor is the sequence number of the last row on the page before; lists go from the newest to the oldest. */
export function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (/^[1-9]\d{0,15}$/.test(cursor)) return Number(cursor);
  throw new AppError('invalid-input', `${JSON.stringify(cursor)} is no cursor of this list.`, {
    hint: 'Pass the nextCursor of the page before, or none for the first page.',
  });
}

/**
 * @param rows one more than the page holds, if there are that many.
 * @returns the page without the sequence numbers, and the cursor of the next one.
 */
export function toPage<Row extends { sequence: number }>(
  rows: readonly Row[],
  limit: number,
): { page: Omit<Row, 'sequence'>[]; nextCursor: string | undefined } {
  const page = rows.slice(0, limit);
  return {
    page: page.map(({ sequence: _, ...row }) => row),
    nextCursor: rows.length > limit ? String(page.at(-1)?.sequence) : undefined,
  };
}
