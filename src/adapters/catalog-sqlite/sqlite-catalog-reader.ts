import { and, asc, desc, eq, gt, lt, or, type SQL, sql } from 'drizzle-orm';
import { type AppError, toAppError } from '../../domain/errors.js';
import type {
  CatalogReader,
  ClipPage,
  ClipVector,
  LibrarySize,
  ListedVideo,
  LocatedClip,
  StoredClip,
  VideoFilter,
  VideoPage,
} from '../../ports/catalog.js';
import { blobToVector, verifyClip } from '../catalog-parts/clip-content.js';
import { allClips, parseClipCursor, toClipPage } from '../catalog-parts/clip-pages.js';
import { parseCursor, toPage } from '../catalog-parts/cursors.js';
import { clipsOfModel } from './active-model.js';
import { isClipAmong, locatedClipColumns } from './clip-row.js';
import { clips, videos } from './schema/videos.js';
import type { AnySqliteDatabase, SqliteRunner } from './sqlite-runner.js';
import { listedVideoColumns, videosThatPass } from './video-rows.js';

/** Vectors read at once on a replay: enough to be fast, little enough to leave the event loop room between. */
const VECTOR_BATCH = 256;
const ID_BATCH = 5000;

/** Looks things up in the catalog of a library, in whatever speaks SQLite. */
export class SqliteCatalogReader implements CatalogReader {
  readonly #database: SqliteRunner;
  /** A condition on clips. */
  protected readonly ofModel: SQL;
  readonly #onDamagedClip: (fault: AppError) => void;
  readonly #damagedClips = new Set<number>();
  /** Prepared once: every search asks for it, and preparing it takes longer than running it. */
  #lastClip: ReturnType<typeof prepareLastClip> | undefined;

  /**
   * @param modelFingerprint the model whose clips there are for this catalog, even after the library was switched to
   *   another; by default the one it is switched to.
   * @param onDamagedClip hears of each clip that is passed over, once: `corrupt-data` that names it.
   */
  constructor(
    database: SqliteRunner,
    modelFingerprint?: string,
    onDamagedClip: (fault: AppError) => void = () => {},
  ) {
    this.#database = database;
    this.ofModel = clipsOfModel(modelFingerprint);
    this.#onDamagedClip = onDamagedClip;
  }

  async getVideo(videoId: string): Promise<ListedVideo | undefined> {
    return this.#database.run((database) =>
      database.select(listedVideoColumns).from(videos).where(eq(videos.id, videoId)).get(),
    );
  }

  async listVideos(limit: number, cursor?: string, filter: VideoFilter = {}): Promise<VideoPage> {
    const before = lt(videos.sequence, parseCursor(cursor));
    const rows = await this.#database.run((database) =>
      database
        .select({ ...listedVideoColumns, sequence: videos.sequence })
        .from(videos)
        .where(and(before, videosThatPass(filter)))
        .orderBy(desc(videos.sequence))
        .limit(limit + 1)
        .all(),
    );
    const { page, nextCursor } = toPage(rows, limit);
    return { videos: page, nextCursor };
  }

  async listClips(videoId: string, limit: number, cursor?: string): Promise<ClipPage> {
    const last = parseClipCursor(cursor);
    const rows = await this.#database.run((database) =>
      database
        .select()
        .from(clips)
        .where(and(eq(clips.videoId, videoId), this.ofModel, last && after(last)))
        .orderBy(asc(clips.startSeconds), asc(clips.id))
        .limit(limit + 1)
        .all(),
    );
    return toClipPage(rows, limit);
  }

  clipsOfVideo(videoId: string): Promise<StoredClip[]> {
    return allClips((limit, cursor) => this.listClips(videoId, limit, cursor));
  }

  async locateClips(clipIds: readonly number[]): Promise<LocatedClip[]> {
    return this.#database.run((database) =>
      database
        .select(locatedClipColumns)
        .from(clips)
        .innerJoin(videos, eq(clips.videoId, videos.id))
        .where(isClipAmong(JSON.stringify(clipIds)))
        .all(),
    );
  }

  async *vectorsAfter(
    afterClipId: number,
    damaged: 'refuse' | 'pass-over' = 'refuse',
  ): AsyncGenerator<ClipVector[]> {
    let last = afterClipId;
    for (;;) {
      const rows = await this.#database.run((database) =>
        database
          .select()
          .from(clips)
          .where(and(this.ofModel, gt(clips.id, last)))
          .orderBy(asc(clips.id))
          .limit(VECTOR_BATCH)
          .all(),
      );
      const lastRow = rows.at(-1);
      if (lastRow === undefined) return;
      const sound = rows.filter((row) => this.#isSound(row, damaged));
      yield sound.map((row) => ({ clipId: row.id, vector: blobToVector(row.vector) }));
      last = lastRow.id;
    }
  }

  async *clipIds(): AsyncGenerator<number[]> {
    for (let last = 0; ; ) {
      const rows = await this.#database.run((database) =>
        database
          .select({ id: clips.id })
          .from(clips)
          .where(and(this.ofModel, gt(clips.id, last)))
          .orderBy(asc(clips.id))
          .limit(ID_BATCH)
          .all(),
      );
      const lastRow = rows.at(-1);
      if (lastRow === undefined) return;
      yield rows.map(({ id }) => id);
      last = lastRow.id;
    }
  }

  damagedClips(): number[] {
    return [...this.#damagedClips];
  }

  async lastClipId(): Promise<number> {
    const row = await this.#database.run((database) => {
      this.#lastClip ??= prepareLastClip(database, this.ofModel);
      return this.#lastClip.get();
    });
    return row?.id ?? 0;
  }

  async size(): Promise<LibrarySize> {
    const row = await this.#database.run((database) =>
      database.get<LibrarySize>(sql`select
        (select count(*) from ${videos}) as videos,
        (select count(*) from ${clips} where ${this.ofModel}) as clips`),
    );
    return { videos: row.videos, clips: row.clips };
  }

  protected forgetDamaged(clipIds: readonly number[]): void {
    for (const clipId of clipIds) this.#damagedClips.delete(clipId);
  }

  #isSound(row: Parameters<typeof verifyClip>[0], damaged: 'refuse' | 'pass-over'): boolean {
    try {
      verifyClip(row);
      return true;
    } catch (thrown) {
      if (damaged === 'refuse') throw thrown;
      if (!this.#damagedClips.has(row.id)) this.#onDamagedClip(toAppError(thrown));
      this.#damagedClips.add(row.id);
      return false;
    }
  }
}

function prepareLastClip(database: AnySqliteDatabase, ofModel: SQL) {
  return database
    .select({ id: clips.id })
    .from(clips)
    .where(ofModel)
    .orderBy(desc(clips.id))
    .limit(1)
    .prepare();
}

/** The clips that follow one in the order of their starts. */
function after({ startSeconds, id }: Pick<StoredClip, 'startSeconds' | 'id'>) {
  const { startSeconds: start } = clips;
  return or(gt(start, startSeconds), and(eq(start, startSeconds), gt(clips.id, id)));
}
