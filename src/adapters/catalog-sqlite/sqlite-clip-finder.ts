import { and, asc, count, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { LocatedClip } from '../../ports/catalog.js';
import type { ClipFinder, SearchFilter } from '../../ports/clip-finder.js';
import { tellingWords } from '../catalog-parts/words.js';
import { clipsOfModel } from './active-model.js';
import { isClipAmong, locatedClipColumns } from './clip-row.js';
import { clips, videos } from './schema/videos.js';
import type { AnySqliteDatabase, SqliteRunner } from './sqlite-runner.js';
import { videosThatPass } from './video-rows.js';
import { videosByWords } from './videos-by-words.js';

/** What a search asks of a library, in whatever speaks SQLite. */
export class SqliteClipFinder implements ClipFinder {
  readonly #database: SqliteRunner;
  /** A condition on clips. */
  readonly #ofModel: SQL;
  /** Prepared once: it is asked for every search, and preparing it takes longer than running it. */
  #locateUnfiltered: ReturnType<typeof prepareLocate> | undefined;

  /** @param modelFingerprint as `SqliteCatalogReader` takes it. */
  constructor(database: SqliteRunner, modelFingerprint?: string) {
    this.#database = database;
    this.#ofModel = clipsOfModel(modelFingerprint);
  }

  async locate(clipIds: readonly number[], filter: SearchFilter): Promise<LocatedClip[]> {
    const condition = passing(filter);
    return this.#database.run((database) => {
      if (condition !== undefined)
        return prepareLocate(database, condition).all({ ids: JSON.stringify(clipIds) });
      this.#locateUnfiltered ??= prepareLocate(database, undefined);
      return this.#locateUnfiltered.all({ ids: JSON.stringify(clipIds) });
    });
  }

  async videoCount(filter: SearchFilter): Promise<number> {
    const row = await this.#database.run((database) =>
      database
        .select({ videos: count() })
        .from(videos)
        .where(and(eq(videos.status, 'ready'), passing(filter)))
        .get(),
    );
    return row?.videos ?? 0;
  }

  async someClipIds(filter: SearchFilter, limit: number): Promise<number[]> {
    const rows = await this.#database.run((database) =>
      database
        .select({ id: clips.id })
        .from(videos)
        // To SQLite a cross join says: videos first. Few pass, and it would rather walk all clips.
        .crossJoin(clips)
        .where(and(eq(clips.videoId, videos.id), this.#ofModel, passing(filter)))
        .limit(limit)
        .all(),
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
        .limit(limit)
        .all(),
    );
    return rows.map(({ id }) => id);
  }

  async videosByWords(words: string, filter: SearchFilter, limit: number): Promise<string[]> {
    const telling = tellingWords(words);
    if (telling.length === 0) return [];
    return videosByWords(this.#database, telling, passing(filter), limit);
  }
}

function prepareLocate(database: AnySqliteDatabase, condition: SQL | undefined) {
  return database
    .select(locatedClipColumns)
    .from(clips)
    .innerJoin(videos, eq(clips.videoId, videos.id))
    .where(and(isClipAmong(sql.placeholder('ids')), condition))
    .prepare();
}

/** The condition on a video; undefined when every one passes. */
function passing({ videoIds, tags = [], ...rest }: SearchFilter): SQL | undefined {
  return and(
    videosThatPass(rest),
    // One parameter, however many there are.
    videoIds === undefined
      ? undefined
      : sql`${videos.id} in (select value from json_each(${JSON.stringify(videoIds)}))`,
    ...tags.map((tag) => videosThatPass({ tag })),
  );
}
