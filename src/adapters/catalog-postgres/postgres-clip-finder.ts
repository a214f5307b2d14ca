import { and, asc, count, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { LocatedClip } from '../../ports/catalog.js';
import type { ClipFinder, SearchFilter } from '../../ports/clip-finder.js';
import { tellingWords } from '../catalog-parts/words.js';
import { clipsOfModel } from './active-model.js';
import type { PostgresDatabase } from './postgres-database.js';
import { clips, videos } from './schema/videos.js';
import { locatedClipColumns, videosThatPass } from './video-rows.js';

/** What words weigh in captions, nowhere, in the description, in title and tags: these are few, and each was chosen. */
const WEIGHTS = '{0.25, 0, 0.5, 1}';

/** What a search asks of a library's Postgres database. */
export class PostgresClipFinder implements ClipFinder {
  readonly #database: PostgresDatabase;
  /** A condition on clips. */
  readonly #ofModel: SQL;

  /** @param modelFingerprint as `PostgresCatalog` takes it. */
  constructor(database: PostgresDatabase, modelFingerprint?: string) {
    this.#database = database;
    this.#ofModel = clipsOfModel(modelFingerprint);
  }

  locate(clipIds: readonly number[], filter: SearchFilter): Promise<LocatedClip[]> {
    // One parameter, however many ids there are.
    const isAsked = sql`${clips.id} = any(${`{${clipIds.join(',')}}`}::bigint[])`;
    return this.#database.run((database) =>
      database
        .select(locatedClipColumns)
        .from(clips)
        .innerJoin(videos, eq(clips.videoId, videos.id))
        .where(and(isAsked, passing(filter))),
    );
  }

  async videoCount(filter: SearchFilter): Promise<number> {
    const [row] = await this.#database.run((database) =>
      database
        .select({ videos: count() })
        .from(videos)
        .where(and(eq(videos.status, 'ready'), passing(filter))),
    );
    return row?.videos ?? 0;
  }

  async someClipIds(filter: SearchFilter, limit: number): Promise<number[]> {
    const rows = await this.#database.run((database) =>
      database
        .select({ id: clips.id })
        .from(clips)
        .innerJoin(videos, eq(clips.videoId, videos.id))
        .where(and(this.#ofModel, passing(filter)))
        .limit(limit),
    );
    return rows.map(({ id }) => id);
  }

  async clipIdsAfter(afterClipId: number, filter: SearchFilter, limit: number): Promise<number[]> {
    const rows = await this.#database.run((database) =>
      database
        .select({ id: clips.id })
        .from(clips)
        .innerJoin(videos, eq(clips.videoId, videos.id))
        .where(and(this.#ofModel, gt(clips.id, afterClipId), passing(filter)))
        .orderBy(asc(clips.id))
        .limit(limit),
    );
    return rows.map(({ id }) => id);
  }

  async videosByWords(words: string, filter: SearchFilter, limit: number): Promise<string[]> {
    const telling = tellingWords(words);
    if (telling.length === 0) return [];
    // Letters and digits only, so that nothing in it is an operator; accents are taken off as they were of what is stored.
    const query = sql`to_tsquery('videre', replace(trim(videre_plain(${telling.join(' ')})), ' ', ' | '))`;
    const rank = sql`ts_rank(${WEIGHTS}, words, ${query})`;
    const rows = await this.#database.run((database) =>
      database
        .select({ id: videos.id })
        .from(videos)
        .innerJoin(sql`video_words`, sql`video_words.video_id = ${videos.id}`)
        .where(and(sql`words @@ ${query}`, eq(videos.status, 'ready'), passing(filter)))
        .orderBy(sql`${rank} desc`, asc(videos.sequence))
        .limit(limit),
    );
    return rows.map(({ id }) => id);
  }
}

/** The condition on a video; undefined when every one passes. */
export function passing({ videoIds, tags = [], ...rest }: SearchFilter): SQL | undefined {
  return and(
    videosThatPass(rest),
    // One parameter, however many there are.
    videoIds === undefined
      ? undefined
      : sql`${videos.id} in (select json_array_elements_text(${JSON.stringify(videoIds)}::json))`,
    ...tags.map((tag) => videosThatPass({ tag })),
  );
}
