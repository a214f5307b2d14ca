import { type Placeholder, type SQL, sql } from 'drizzle-orm';
import { clips, videos } from './schema/videos.js';

/** The columns of a `LocatedClip`, of clips joined with their videos. */
export const locatedClipColumns = {
  id: clips.id,
  videoId: clips.videoId,
  startSeconds: clips.startSeconds,
  endSeconds: clips.endSeconds,
  title: videos.title,
  path: videos.sourcePath,
};

/**
 * The condition on clips to be some of these. One parameter, however many ids there are: statements have room for few.
 * @param ids as a JSON array
 */
export function isClipAmong(ids: string | Placeholder): SQL {
  return sql`${clips.id} in (select value from json_each(${ids}))`;
}
