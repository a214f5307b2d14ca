import { and, eq, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
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

/** Not by `like`: patterns end at their first NUL, and D1 takes none of more than 50 bytes. */
function titleHas(text: string): SQL {
  return sql`instr(lower(${videos.title}), lower(${text})) > 0`;
}
