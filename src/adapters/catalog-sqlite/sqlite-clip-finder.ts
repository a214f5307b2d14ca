import { and, asc, count, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { LocatedClip } from '../../ports/catalog.js';
import type { ClipFinder, SearchFilter } from '../../ports/clip-finder.js';
import { tellingWords } from '../catalog-parts/words.js';
import { clipsOfModel } from './active-model.js';
import { locatedClipColumns } from './clip-row.js';
import type { LibraryDatabase } from './library-database.js';
import type { CatalogDatabase } from './open-database.js';
import { clips, videos } from './schema/videos.js';
import { videosThatPass } from './video-rows.js';
import { videosByWords } from './videos-by-words.js';

/** What a search asks of a library's SQLite file. */
export class SqliteClipFinder implements ClipFinder {
  readonly #database: LibraryDatabase;
  /** A condition on clips. */
  readonly #ofModel: SQL;
  /** Prepared once: it is asked for every search, and preparing it takes longer than running it. */
  #locateUnfiltered: ReturnType<typeof prepareLocate> | undefined;

  /** @param modelFingerprint as `SqliteCatalog` takes it. */
  constructor(database: LibraryDatabase, modelFingerprint?: string) {
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
    const row = this.#database.run((database) =>
      database
        .select({ videos: count() })
        .from(videos)
        .where(and(eq(videos.status, 'ready'), passing(filter)))
        .get(),
    );
    return row?.videos ?? 0;
  }

  async someClipIds(filter: SearchFilter, limit: number): Promise<number[]> {
    const rows = this.#database.run((database) =>
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
    const rows = this.#database.run((database) =>
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
    return this.#database.run((database) => videosByWords(database, telling, passing(filter), limit));
  }
}

function prepareLocate(database: CatalogDatabase, condition: SQL | undefined) {
  // One parameter, however many ids there are.
  const isAsked = sql`${clips.id} in (select value from json_each(${sql.placeholder('ids')}))`;
  return database
    .select(locatedClipColumns)
    .from(clips)
    .innerJoin(videos, eq(clips.videoId, videos.id))
    .where(and(isAsked, condition))
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
