import { and, eq, gte, ilike, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { VideoFilter } from '../../ports/catalog.js';
import { escapeLike } from './escape-like.js';
import { clips, videos } from './schema/videos.js';

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
  clipCount: sql`(
    select count(*) from clips
    where clips.video_id = videos.id and clips.model_fingerprint = (select fingerprint from library_models)
  )`.mapWith(Number),
};

/** The columns of a `LocatedClip`, of clips joined with their videos. */
export const locatedClipColumns = {
  id: clips.id,
  videoId: clips.videoId,
  startSeconds: clips.startSeconds,
  endSeconds: clips.endSeconds,
  title: videos.title,
  path: videos.sourcePath,
};

/** The condition of a list; undefined when everything passes. */
export function videosThatPass(filter: VideoFilter): SQL | undefined {
  const { titleContains, tag, status, minDurationSeconds, maxDurationSeconds } = filter;
  const { createdFromMs, createdBeforeMs } = filter;
  return and(
    titleContains === undefined ? undefined : titleHas(titleContains),
    tag === undefined ? undefined : hasTag(tag),
    status === undefined ? undefined : eq(videos.status, status),
    minDurationSeconds === undefined ? undefined : gte(videos.durationSeconds, minDurationSeconds),
    maxDurationSeconds === undefined ? undefined : lte(videos.durationSeconds, maxDurationSeconds),
    createdFromMs === undefined ? undefined : gte(videos.createdAtMs, createdFromMs),
    createdBeforeMs === undefined ? undefined : lt(videos.createdAtMs, createdBeforeMs),
  );
}

/** Postgres keeps no text with a NUL, and takes none in a question. */
function titleHas(text: string): SQL {
  return text.includes('\0') ? sql`false` : ilike(videos.title, `%${escapeLike(text)}%`);
}

function hasTag(tag: string): SQL {
  return tag.includes('\0') ? sql`false` : sql`${videos.tags} @> array[${tag}]::text[]`;
}
