import { sql } from 'drizzle-orm';
import type { ClipVector } from '../../ports/catalog.js';
import { isClipAmong } from '../catalog-sqlite/clip-row.js';
import { clips } from '../catalog-sqlite/schema/videos.js';
import type { D1Library } from './d1-library.js';
import { bytesOf } from './d1-vector-blocks.js';

/** Vectors read by one query: some megabytes of digits. */
const QUERY_CLIPS = 2_000;

/** The vectors of those of the clips that exist, in any order. */
export async function clipVectors(database: D1Library, clipIds: readonly number[]): Promise<ClipVector[]> {
  const found: ClipVector[] = [];
  for (let start = 0; start < clipIds.length; start += QUERY_CLIPS) {
    const ids = JSON.stringify(clipIds.slice(start, start + QUERY_CLIPS));
    const rows = await database.run((open) =>
      open
        .select({ clipId: clips.id, vector: sql<string>`hex(${clips.vector})` })
        .from(clips)
        .where(isClipAmong(ids))
        .all(),
    );
    for (const { clipId, vector } of rows) found.push({ clipId, vector: new Float32Array(bytesOf(vector)) });
  }
  return found;
}
