import { and, asc, count, eq, gt } from 'drizzle-orm';
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
import type { OpenTransaction, PostgresDatabase } from './postgres-database.js';
import { captions } from './schema/answers.js';
import { clips, videos } from './schema/videos.js';
import { videoColumns } from './video-rows.js';

/** A library's Postgres database as it was when this was opened: a read transaction on a connection of its own. */
export class PostgresLibrarySnapshot implements LibrarySnapshot {
  readonly modelFingerprint: string | undefined;
  readonly counts: TransferCounts;
  readonly #transaction: OpenTransaction;

  private constructor(
    transaction: OpenTransaction,
    modelFingerprint: string | undefined,
    counts: TransferCounts,
  ) {
    this.#transaction = transaction;
    this.modelFingerprint = modelFingerprint;
    this.counts = counts;
  }

  static async open(database: PostgresDatabase): Promise<PostgresLibrarySnapshot> {
    const transaction = await database.openTransaction('begin isolation level repeatable read read only');
    // The library is as it is seen by the first statement.
    const opening = transaction.run(async (connection) => {
      const active = await readActiveModel(connection);
      const [ready] = await connection
        .select({ videos: count() })
        .from(videos)
        .where(eq(videos.status, 'ready'));
      const [seen] = await connection.select({ clips: count() }).from(clips).where(clipsOfModel());
      const counts = { videos: ready?.videos ?? 0, clips: seen?.clips ?? 0 };
      return new PostgresLibrarySnapshot(transaction, active?.fingerprint, counts);
    });
    return opening.catch(async (error) => {
      await transaction.end('rollback');
      throw error;
    });
  }

  async *videos(): AsyncGenerator<TransferredVideo> {
    for await (const video of this.numberedVideos()) yield withoutNumbers(video);
  }

  async *numberedVideos(): AsyncGenerator<NumberedVideo> {
    let last = 0;
    for (;;) {
      const [row] = await this.#transaction.run((connection) =>
        connection
          .select({ ...videoColumns, sequence: videos.sequence })
          .from(videos)
          .where(and(eq(videos.status, 'ready'), gt(videos.sequence, last)))
          .orderBy(asc(videos.sequence))
          .limit(1),
      );
      if (row === undefined) return;
      last = row.sequence;
      const { status: _, ...video } = row;
      // A ready video was probed: its facts are there.
      yield { ...(video as typeof video & MediaFacts), clips: await this.#clipsOf(row.id) };
    }
  }

  async #clipsOf(videoId: string): Promise<NumberedVideo['clips']> {
    const rows = await this.#transaction.run((connection) =>
      connection
        .select({ clip: clips, caption: captions })
        .from(clips)
        .leftJoin(captions, eq(captions.clipId, clips.id))
        .where(and(eq(clips.videoId, videoId), clipsOfModel()))
        .orderBy(asc(clips.id)),
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

  close(): Promise<void> {
    return this.#transaction.end('rollback');
  }
}
