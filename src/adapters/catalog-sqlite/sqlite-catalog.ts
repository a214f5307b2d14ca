import { and, asc, desc, eq, gt, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import type { MediaFacts, Video, VideoDescription } from '../../domain/video.js';
import type {
  Catalog,
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
import { blobToVector, locatedClipColumns, verifyClip } from './clip-row.js';
import type { LibraryDatabase } from './library-database.js';
import { indexFiles } from './schema/index-files.js';
import { clips, videos } from './schema/videos.js';
import { listedVideoColumns, parseCursor, toPage, videosThatPass } from './video-rows.js';
import * as writes from './video-writes.js';

/** Vectors read at once on a replay: enough to be fast, little enough to leave the event loop room between. */
const VECTOR_BATCH = 256;
/** SQLite takes at most 32,766 parameters in a statement. */
const MAX_PARAMETERS = 10_000;

/** The catalog of a library, in its SQLite file. */
export class SqliteCatalog implements Catalog, IndexFileLedger {
  readonly #database: LibraryDatabase;

  /** @param database closed with the catalog. */
  constructor(database: LibraryDatabase) {
    this.#database = database;
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
    return this.#database.transaction((transaction) => writes.registerVideo(transaction, video, job));
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
    return this.#database.transaction((transaction) => writes.deleteVideo(transaction, videoId));
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

  async clipsOfVideo(videoId: string): Promise<StoredClip[]> {
    const rows = this.#database.run((database) =>
      database
        .select()
        .from(clips)
        .where(eq(clips.videoId, videoId))
        .orderBy(asc(clips.startSeconds), asc(clips.id))
        .all(),
    );
    rows.forEach(verifyClip);
    return rows.map(({ checksum: _, vector, ...clip }) => ({ ...clip, vector: blobToVector(vector) }));
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

  async *vectorsAfter(afterClipId: number): AsyncGenerator<ClipVector[]> {
    let last = afterClipId;
    for (;;) {
      const rows = this.#database.run((database) =>
        database
          .select()
          .from(clips)
          .where(gt(clips.id, last))
          .orderBy(asc(clips.id))
          .limit(VECTOR_BATCH)
          .all(),
      );
      const lastRow = rows.at(-1);
      if (lastRow === undefined) return;
      rows.forEach(verifyClip);
      yield rows.map((row) => ({ clipId: row.id, vector: blobToVector(row.vector) }));
      last = lastRow.id;
    }
  }

  async lastClipId(): Promise<number> {
    const row = this.#database.run((database) =>
      database.select({ id: clips.id }).from(clips).orderBy(desc(clips.id)).limit(1).get(),
    );
    return row?.id ?? 0;
  }

  async size(): Promise<LibrarySize> {
    return this.#database.run((database) => {
      const count = sql<number>`count(*)`;
      return {
        videos: database.select({ count }).from(videos).get()?.count ?? 0,
        clips: database.select({ count }).from(clips).get()?.count ?? 0,
      };
    });
  }

  async modelFingerprints(): Promise<string[]> {
    return this.#database.run((database) => {
      const found: string[] = [];
      // One step of the index per model; DISTINCT would walk every clip.
      for (;;) {
        const next = database
          .select({ fingerprint: clips.modelFingerprint })
          .from(clips)
          .where(gt(clips.modelFingerprint, found.at(-1) ?? ''))
          .orderBy(asc(clips.modelFingerprint))
          .limit(1)
          .get();
        if (next === undefined) return found;
        found.push(next.fingerprint);
      }
    });
  }

  async blobKeys(): Promise<string[]> {
    const rows = this.#database.run((database) =>
      database.select({ blobKey: videos.blobKey }).from(videos).where(isNotNull(videos.blobKey)).all(),
    );
    return rows.flatMap(({ blobKey }) => (blobKey === null ? [] : [blobKey]));
  }

  async indexFile(): Promise<IndexFileRecord | undefined> {
    return this.#database.run((database) => database.select().from(indexFiles).get());
  }

  async recordIndexFile(record: IndexFileRecord): Promise<IndexFileRecord | undefined> {
    return this.#database.transaction((transaction) => {
      const replaced = transaction.delete(indexFiles).returning().get();
      transaction.insert(indexFiles).values(record).run();
      return replaced;
    });
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}
