import { and, asc, count, eq, gt, sql } from 'drizzle-orm';
import type { MediaFacts } from '../../domain/video.js';
import type {
  LibrarySnapshot,
  NumberedVideo,
  TransferCounts,
  TransferredVideo,
} from '../../ports/library-transfer.js';
import { blobToVector, verifyClip } from '../catalog-parts/clip-content.js';
import { withoutNumbers } from '../catalog-parts/without-numbers.js';
import { clipsOfModel, readActiveModel } from './active-model.js';
import { LibraryDatabase } from './library-database.js';
import { captions } from './schema/answers.js';
import { clips, videos } from './schema/videos.js';
import { videoColumns } from './video-rows.js';

/** A library's SQLite file as it was when this was opened: a read transaction on a connection of its own. */
export class SqliteLibrarySnapshot implements LibrarySnapshot {
  readonly modelFingerprint: string | undefined;
  readonly counts: TransferCounts;
  readonly #database: LibraryDatabase;

  private constructor(database: LibraryDatabase) {
    this.#database = database;
    const { modelFingerprint, counts } = database.run((connection) => {
      // It begins with the first read, which is the next statement.
      connection.run(sql`begin`);
      const ready = connection
        .select({ videos: count() })
        .from(videos)
        .where(eq(videos.status, 'ready'))
        .get();
      const seen = connection.select({ clips: count() }).from(clips).where(clipsOfModel()).get();
      return {
        modelFingerprint: readActiveModel(connection)?.fingerprint,
        counts: { videos: ready?.videos ?? 0, clips: seen?.clips ?? 0 },
      };
    });
    this.modelFingerprint = modelFingerprint;
    this.counts = counts;
  }

  /** @throws AppError `corrupt-data` when it is no database. */
  static open(path: string): SqliteLibrarySnapshot {
    return new SqliteLibrarySnapshot(new LibraryDatabase(path));
  }

  async *videos(): AsyncGenerator<TransferredVideo> {
    for await (const video of this.numberedVideos()) yield withoutNumbers(video);
  }

  async *numberedVideos(): AsyncGenerator<NumberedVideo> {
    let last = 0;
    for (;;) {
      const row = this.#database.run((connection) =>
        connection
          .select({ ...videoColumns, sequence: videos.sequence })
          .from(videos)
          .where(and(eq(videos.status, 'ready'), gt(videos.sequence, last)))
          .orderBy(asc(videos.sequence))
          .limit(1)
          .get(),
      );
      if (row === undefined) return;
      last = row.sequence;
      const { status: _, ...video } = row;
      // A ready video was probed: its facts are there.
      yield { ...(video as typeof video & MediaFacts), clips: this.#clipsOf(row.id) };
    }
  }

  #clipsOf(videoId: string): NumberedVideo['clips'] {
    const rows = this.#database.run((connection) =>
      connection
        .select({ clip: clips, caption: captions })
        .from(clips)
        .leftJoin(captions, eq(captions.clipId, clips.id))
        .where(and(eq(clips.videoId, videoId), clipsOfModel()))
        .orderBy(asc(clips.id))
        .all(),
    );
    return rows.map(({ clip, caption }) => {
      verifyClip(clip);
      const { id, startSeconds, endSeconds, vector } = clip;
      const told =
        caption === null
          ? {}
          : { caption: { text: caption.text, model: caption.model, createdAtMs: caption.createdAtMs } };
      return { id, startSeconds, endSeconds, vector: blobToVector(vector), ...told };
    });
  }

  async close(): Promise<void> {
    this.#database.run((connection) => connection.run(sql`rollback`));
    this.#database.close();
  }
}
