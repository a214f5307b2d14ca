import { and, asc, count, desc, eq, gt, inArray, isNotNull, lt, or, type SQL } from 'drizzle-orm';
import { type AppError, toAppError } from '../../domain/errors.js';
import type { MediaFacts, Video, VideoDescription, VideoMedia } from '../../domain/video.js';
import type {
  Catalog,
  ClipPage,
  ClipVector,
  DeletedVideo,
  LibrarySize,
  ListedVideo,
  LocatedClip,
  NewClip,
  NewVideo,
  ProcessingJob,
  Registration,
  StoredClip,
  VideoFilter,
  VideoPage,
} from '../../ports/catalog.js';
import { blobToVector, verifyClip } from '../catalog-parts/clip-content.js';
import { allClips, parseClipCursor, toClipPage } from '../catalog-parts/clip-pages.js';
import { parseCursor, toPage } from '../catalog-parts/cursors.js';
import { clipsOfModel, hasClips, readActiveModel } from './active-model.js';
import { touched } from './job-transitions.js';
import type { PostgresDatabase } from './postgres-database.js';
import { clips, videos } from './schema/videos.js';
import { listedVideoColumns, locatedClipColumns, videoColumns, videosThatPass } from './video-rows.js';
import * as writes from './video-writes.js';

/** Vectors read at once on a replay. */
const VECTOR_BATCH = 500;
const ID_BATCH = 10_000;
/** Far from the 65,535 parameters a statement may have. */
const MAX_PARAMETERS = 10_000;

/** The catalog of a library, in its Postgres database. */
export class PostgresCatalog implements Catalog {
  readonly #database: PostgresDatabase;
  /** A condition on clips. */
  readonly #ofModel: SQL;
  readonly #onDamagedClip: (fault: AppError) => void;
  readonly #damagedClips = new Set<number>();

  /**
   * @param database closed with the catalog.
   * @param modelFingerprint the model whose clips there are for this catalog, even after the library was switched to
   *   another; by default the one it is switched to.
   * @param onDamagedClip hears of each clip that is passed over, once: `corrupt-data` that names it.
   */
  constructor(
    database: PostgresDatabase,
    modelFingerprint?: string,
    onDamagedClip: (fault: AppError) => void = () => {},
  ) {
    this.#database = database;
    this.#ofModel = clipsOfModel(modelFingerprint);
    this.#onDamagedClip = onDamagedClip;
  }

  async getVideo(videoId: string): Promise<ListedVideo | undefined> {
    const [video] = await this.#database.run((database) =>
      database.select(listedVideoColumns).from(videos).where(eq(videos.id, videoId)),
    );
    return video;
  }

  async findByContentHash(contentHash: string): Promise<Video | undefined> {
    const [video] = await this.#database.run((database) =>
      database.select(videoColumns).from(videos).where(eq(videos.contentHash, contentHash)),
    );
    return video;
  }

  addVideo(video: Video, newClips: readonly NewClip[], modelFingerprint: string): Promise<boolean> {
    return this.#database.transaction((transaction) =>
      writes.addVideo(transaction, video, newClips, modelFingerprint),
    );
  }

  async registerVideo(video: NewVideo, job: ProcessingJob): Promise<Registration> {
    const registration = await this.#database.transaction((transaction) =>
      writes.registerVideo(transaction, video, job),
    );
    this.#database.jobChanges.tell();
    return registration;
  }

  completeVideo(
    videoId: string,
    facts: MediaFacts,
    newClips: readonly NewClip[],
    modelFingerprint: string,
  ): Promise<boolean> {
    return this.#database.transaction((transaction) =>
      writes.completeVideo(transaction, videoId, facts, newClips, modelFingerprint),
    );
  }

  async replaceFile(
    videoId: string,
    { blobKey, sourcePath }: Pick<VideoMedia, 'blobKey' | 'sourcePath'>,
  ): Promise<boolean> {
    const { id } = videos;
    // Of a transaction that is cut off, it is told whether it may have been done: the file it names must stay then.
    const replaced = await this.#database.transaction((transaction) =>
      transaction
        .update(videos)
        .set({ blobKey, sourcePath, ...touched() })
        .where(eq(id, videoId))
        .returning({ id }),
    );
    return replaced.length > 0;
  }

  updateVideo(
    videoId: string,
    changes: Partial<VideoDescription>,
    ifRevision?: number,
  ): Promise<ListedVideo | undefined> {
    return this.#database.transaction((transaction) =>
      writes.updateVideo(transaction, videoId, changes, ifRevision),
    );
  }

  async deleteVideo(videoId: string): Promise<DeletedVideo | undefined> {
    const deleted = await this.#database.transaction((transaction) =>
      writes.deleteVideo(transaction, videoId),
    );
    for (const clipId of deleted?.clipIds ?? []) this.#damagedClips.delete(clipId);
    this.#database.jobChanges.tell();
    return deleted;
  }

  async listVideos(limit: number, cursor?: string, filter: VideoFilter = {}): Promise<VideoPage> {
    const before = lt(videos.sequence, parseCursor(cursor));
    const rows = await this.#database.run((database) =>
      database
        .select({ ...listedVideoColumns, sequence: videos.sequence })
        .from(videos)
        .where(and(before, videosThatPass(filter)))
        .orderBy(desc(videos.sequence))
        .limit(limit + 1),
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
        .where(and(eq(clips.videoId, videoId), this.#ofModel, last && after(last)))
        .orderBy(asc(clips.startSeconds), asc(clips.id))
        .limit(limit + 1),
    );
    return toClipPage(rows, limit);
  }

  clipsOfVideo(videoId: string): Promise<StoredClip[]> {
    return allClips((limit, cursor) => this.listClips(videoId, limit, cursor));
  }

  async locateClips(clipIds: readonly number[]): Promise<LocatedClip[]> {
    const found: LocatedClip[] = [];
    for (let start = 0; start < clipIds.length; start += MAX_PARAMETERS) {
      const ids = clipIds.slice(start, start + MAX_PARAMETERS);
      const rows = await this.#database.run((database) =>
        database
          .select(locatedClipColumns)
          .from(clips)
          .innerJoin(videos, eq(clips.videoId, videos.id))
          .where(inArray(clips.id, ids)),
      );
      found.push(...rows);
    }
    return found;
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
          .where(and(this.#ofModel, gt(clips.id, last)))
          .orderBy(asc(clips.id))
          .limit(VECTOR_BATCH),
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
          .where(and(this.#ofModel, gt(clips.id, last)))
          .orderBy(asc(clips.id))
          .limit(ID_BATCH),
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
    const [last] = await this.#database.run((database) =>
      database.select({ id: clips.id }).from(clips).where(this.#ofModel).orderBy(desc(clips.id)).limit(1),
    );
    return last?.id ?? 0;
  }

  size(): Promise<LibrarySize> {
    return this.#database.run(async (database) => {
      const [ofVideos] = await database.select({ count: count() }).from(videos);
      const [ofClips] = await database.select({ count: count() }).from(clips).where(this.#ofModel);
      return { videos: ofVideos?.count ?? 0, clips: ofClips?.count ?? 0 };
    });
  }

  modelFingerprint(): Promise<string | undefined> {
    return this.#database.run(async (database) => {
      const active = await readActiveModel(database);
      if (active === undefined) return undefined;
      return (await hasClips(database, active.fingerprint)) ? active.fingerprint : undefined;
    });
  }

  async blobKeys(): Promise<string[]> {
    const rows = await this.#database.run((database) =>
      database.select({ blobKey: videos.blobKey }).from(videos).where(isNotNull(videos.blobKey)),
    );
    return rows.flatMap(({ blobKey }) => (blobKey === null ? [] : [blobKey]));
  }

  close(): Promise<void> {
    return this.#database.close();
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

/** The clips that follow one in the order of their starts. */
function after({ startSeconds, id }: Pick<StoredClip, 'startSeconds' | 'id'>) {
  const { startSeconds: start } = clips;
  return or(gt(start, startSeconds), and(eq(start, startSeconds), gt(clips.id, id)));
}
