import { asc, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { AppError } from '../../domain/errors.js';
import type { Video } from '../../domain/video.js';
import type {
  Catalog,
  ClipVector,
  LibrarySize,
  LocatedClip,
  NewClip,
  VideoPage,
} from '../../ports/catalog.js';
import type { IndexFileLedger, IndexFileRecord } from '../../ports/clip-index.js';
import { blobToVector, clipChecksum, vectorToBlob, verifyClip } from './clip-row.js';
import { type CatalogDatabase, openDatabase } from './open-database.js';
import { clips, indexFiles, videos } from './schema.js';
import { withSqliteErrors } from './sqlite-errors.js';

/** Vectors read at once on a replay: enough to be fast, little enough to leave the event loop room between. */
const VECTOR_BATCH = 256;
/** SQLite takes at most 32,766 parameters in a statement. */
const MAX_PARAMETERS = 10_000;

const videoColumns = {
  id: videos.id,
  contentHash: videos.contentHash,
  title: videos.title,
  sourcePath: videos.sourcePath,
  sizeBytes: videos.sizeBytes,
  container: videos.container,
  codec: videos.codec,
  width: videos.width,
  height: videos.height,
  durationSeconds: videos.durationSeconds,
  frameCount: videos.frameCount,
  createdAtMs: videos.createdAtMs,
};

const locatedClipColumns = {
  id: clips.id,
  videoId: clips.videoId,
  startSeconds: clips.startSeconds,
  endSeconds: clips.endSeconds,
  title: videos.title,
  path: videos.sourcePath,
};

/** The catalog in one SQLite file. better-sqlite3 is synchronous: every method is done when it returns. */
export class SqliteCatalog implements Catalog, IndexFileLedger {
  readonly #path: string;
  readonly #database: CatalogDatabase;

  /** @throws AppError `invalid-input` when the file cannot be written, `corrupt-data` when it is no database. */
  constructor(path: string) {
    this.#path = path;
    this.#database = withSqliteErrors(path, () => openDatabase(path));
  }

  async findByContentHash(contentHash: string): Promise<Video | undefined> {
    return this.#run((database) =>
      database.select(videoColumns).from(videos).where(eq(videos.contentHash, contentHash)).get(),
    );
  }

  async addVideo(video: Video, newClips: readonly NewClip[], modelFingerprint: string): Promise<boolean> {
    const rows = newClips.map((clip) => {
      const content = {
        videoId: video.id,
        startSeconds: clip.startSeconds,
        endSeconds: clip.endSeconds,
        modelFingerprint,
        vector: vectorToBlob(clip.vector),
      };
      return { ...content, checksum: clipChecksum(content) };
    });
    return this.#run((database) =>
      database.transaction(
        (transaction) => {
          const added = transaction
            .insert(videos)
            .values(video)
            .onConflictDoNothing({ target: videos.contentHash })
            .run();
          if (added.changes === 0) return false;
          for (const row of rows) transaction.insert(clips).values(row).run();
          return true;
        },
        { behavior: 'immediate' },
      ),
    );
  }

  async listVideos(limit: number, cursor?: string): Promise<VideoPage> {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : parseCursor(cursor);
    const rows = this.#run((database) =>
      database
        .select({
          ...videoColumns,
          sequence: videos.sequence,
          clipCount: database.$count(clips, eq(clips.videoId, videos.id)),
        })
        .from(videos)
        .where(lt(videos.sequence, before))
        .orderBy(desc(videos.sequence))
        .limit(limit + 1)
        .all(),
    );
    const page = rows.slice(0, limit);
    const nextCursor = rows.length > limit ? String(page.at(-1)?.sequence) : undefined;
    return { videos: page.map(({ sequence: _, ...video }) => video), nextCursor };
  }

  async locateClips(clipIds: readonly number[]): Promise<LocatedClip[]> {
    const found: LocatedClip[] = [];
    for (let start = 0; start < clipIds.length; start += MAX_PARAMETERS) {
      const ids = clipIds.slice(start, start + MAX_PARAMETERS);
      const rows = this.#run((database) =>
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
      const rows = this.#run((database) =>
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
    const row = this.#run((database) =>
      database.select({ id: clips.id }).from(clips).orderBy(desc(clips.id)).limit(1).get(),
    );
    return row?.id ?? 0;
  }

  async size(): Promise<LibrarySize> {
    return this.#run((database) => {
      const count = sql<number>`count(*)`;
      return {
        videos: database.select({ count }).from(videos).get()?.count ?? 0,
        clips: database.select({ count }).from(clips).get()?.count ?? 0,
      };
    });
  }

  async modelFingerprints(): Promise<string[]> {
    return this.#run((database) => {
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

  async indexFile(): Promise<IndexFileRecord | undefined> {
    return this.#run((database) => database.select().from(indexFiles).get());
  }

  async recordIndexFile(record: IndexFileRecord): Promise<IndexFileRecord | undefined> {
    return this.#run((database) =>
      database.transaction(
        (transaction) => {
          const replaced = transaction.delete(indexFiles).returning().get();
          transaction.insert(indexFiles).values(record).run();
          return replaced;
        },
        { behavior: 'immediate' },
      ),
    );
  }

  async close(): Promise<void> {
    this.#database.$client.close();
  }

  #run<Result>(work: (database: CatalogDatabase) => Result): Result {
    return withSqliteErrors(this.#path, () => work(this.#database));
  }
}

/** A cursor is the sequence number of the last video on the page before. */
function parseCursor(cursor: string): number {
  if (/^[1-9]\d{0,15}$/.test(cursor)) return Number(cursor);
  throw new AppError('invalid-input', `${JSON.stringify(cursor)} is no cursor of this list.`, {
    hint: 'Pass the nextCursor of the page before, or none for the first page.',
  });
}
