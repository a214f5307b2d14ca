import { and, asc, desc, eq, gt, inArray, isNotNull, lt, or, type SQL, sql } from 'drizzle-orm';
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
import type { IndexFileLedger, IndexFileRecord } from '../../ports/clip-index.js';
import { blobToVector, verifyClip } from '../catalog-parts/clip-content.js';
import { allClips, parseClipCursor, toClipPage } from '../catalog-parts/clip-pages.js';
import { parseCursor, toPage } from '../catalog-parts/cursors.js';
import { clipsOfModel, hasClips, readActiveModel } from './active-model.js';
import { locatedClipColumns } from './clip-row.js';
import { touched } from './job-transitions.js';
import type { LibraryDatabase } from './library-database.js';
import type { CatalogDatabase } from './open-database.js';
import { indexFiles } from './schema/index-files.js';
import { clips, videos } from './schema/videos.js';
import { listedVideoColumns, videosThatPass } from './video-rows.js';
import * as writes from './video-writes.js';

/** Vectors read at once on a replay: enough to be fast, little enough to leave the event loop room between. */
const VECTOR_BATCH = 256;
/** SQLite takes at most 32,766 parameters in a statement. */
const MAX_PARAMETERS = 10_000;

/** The catalog of a library, in its SQLite file. */
export class SqliteCatalog implements Catalog, IndexFileLedger {
  readonly #database: LibraryDatabase;
  /** A condition on clips. */
  readonly #ofModel: SQL;
  readonly #onDamagedClip: (fault: AppError) => void;
  readonly #damagedClips = new Set<number>();
  /** Prepared once: every search asks for it, and preparing it takes longer than running it. */
  #lastClip: ReturnType<typeof prepareLastClip> | undefined;

  /**
   * @param database closed with the catalog.
   * @param modelFingerprint the model whose clips there are for this catalog, even after the library was switched to
   *   another; by default the one it is switched to.
   * @param onDamagedClip hears of each clip that is passed over, once: `corrupt-data` that names it.
   */
  constructor(
    database: LibraryDatabase,
    modelFingerprint?: string,
    onDamagedClip: (fault: AppError) => void = () => {},
  ) {
    this.#database = database;
    this.#ofModel = clipsOfModel(modelFingerprint);
    this.#onDamagedClip = onDamagedClip;
  }

  async getVideo(videoId: string): Promise<ListedVideo | undefined> {
    return this.#database.run((database) =>
      database.select(listedVideoColumns).from(videos).where(eq(videos.id, videoId)).get(),
    );
  }

  async findByContentHash(contentHash: string): Promise<Video | undefined> {
    return this.#database.transaction((transaction) => writes.findByContentHash(transaction, contentHash));
  }

  async addVideo(video: Video, newClips: readonly NewClip[], modelFingerprint: string): Promise<boolean> {
    return this.#database.transaction((transaction) =>
      writes.addVideo(transaction, video, newClips, modelFingerprint),
    );
  }

  async registerVideo(video: NewVideo, job: ProcessingJob): Promise<Registration> {
    const registration = this.#database.transaction((transaction) =>
      writes.registerVideo(transaction, video, job),
    );
    this.#database.jobChanges.tell();
    return registration;
  }

  async completeVideo(
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
    return this.#database.run(
      (database) =>
        database
          .update(videos)
          .set({ blobKey, sourcePath, ...touched() })
          .where(eq(videos.id, videoId))
          .run().changes > 0,
    );
  }

  async updateVideo(
    videoId: string,
    changes: Partial<VideoDescription>,
    ifRevision?: number,
  ): Promise<ListedVideo | undefined> {
    return this.#database.transaction((transaction) =>
      writes.updateVideo(transaction, videoId, changes, ifRevision),
    );
  }

  async deleteVideo(videoId: string): Promise<DeletedVideo | undefined> {
    const deleted = this.#database.transaction((transaction) => writes.deleteVideo(transaction, videoId));
    if (deleted === undefined) return undefined;
    for (const clipId of deleted.clipIds) this.#damagedClips.delete(clipId);
    this.#database.forgetDeleted();
    this.#database.jobChanges.tell();
    return deleted;
  }

  async listVideos(limit: number, cursor?: string, filter: VideoFilter = {}): Promise<VideoPage> {
    const before = lt(videos.sequence, parseCursor(cursor));
    const rows = this.#database.run((database) =>
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
    const rows = this.#database.run((database) =>
      database
        .select()
        .from(clips)
        .where(and(eq(clips.videoId, videoId), this.#ofModel, last && after(last)))
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
    const found: LocatedClip[] = [];
    for (let start = 0; start < clipIds.length; start += MAX_PARAMETERS) {
      const ids = clipIds.slice(start, start + MAX_PARAMETERS);
      const rows = this.#database.run((database) =>
        database
          .select(locatedClipColumns)
          .from(clips)
          .innerJoin(videos, eq(clips.videoId, videos.id))
          .where(inArray(clips.id, ids))
          .all(),
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
      const rows = this.#database.run((database) =>
        database
          .select()
          .from(clips)
          .where(and(this.#ofModel, gt(clips.id, last)))
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

  damagedClips(): number[] {
    return [...this.#damagedClips];
  }

  async lastClipId(): Promise<number> {
    const row = this.#database.run((database) => {
      this.#lastClip ??= prepareLastClip(database, this.#ofModel);
      return this.#lastClip.get();
    });
    return row?.id ?? 0;
  }

  async size(): Promise<LibrarySize> {
    return this.#database.run((database) => {
      const count = sql<number>`count(*)`;
      return {
        videos: database.select({ count }).from(videos).get()?.count ?? 0,
        clips: database.select({ count }).from(clips).where(this.#ofModel).get()?.count ?? 0,
      };
    });
  }

  async modelFingerprint(): Promise<string | undefined> {
    return this.#database.run((database) => {
      const active = readActiveModel(database);
      return active !== undefined && hasClips(database, active.fingerprint) ? active.fingerprint : undefined;
    });
  }

  async blobKeys(): Promise<string[]> {
    const rows = this.#database.run((database) =>
      database.select({ blobKey: videos.blobKey }).from(videos).where(isNotNull(videos.blobKey)).all(),
    );
    return rows.flatMap(({ blobKey }) => (blobKey === null ? [] : [blobKey]));
  }

  async indexFile(modelFingerprint: string): Promise<IndexFileRecord | undefined> {
    return this.#database.run((database) =>
      database.select().from(indexFiles).where(eq(indexFiles.modelFingerprint, modelFingerprint)).get(),
    );
  }

  /** Names of the index files that count, of all models. */
  indexFileNames(): string[] {
    return this.#database.run((database) =>
      database
        .select({ name: indexFiles.name })
        .from(indexFiles)
        .all()
        .map(({ name }) => name),
    );
  }

  async recordIndexFile(record: IndexFileRecord): Promise<IndexFileRecord | undefined> {
    return this.#database.transaction((transaction) => {
      const ofModel = eq(indexFiles.modelFingerprint, record.modelFingerprint);
      const replaced = transaction.delete(indexFiles).where(ofModel).returning().get();
      transaction.insert(indexFiles).values(record).run();
      return replaced;
    });
  }

  async close(): Promise<void> {
    this.#database.close();
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

function prepareLastClip(database: CatalogDatabase, ofModel: SQL) {
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
