import { randomUUID } from 'node:crypto';
import { count, eq } from 'drizzle-orm';
import type { LibraryLoader, TransferCounts, TransferredVideo } from '../../ports/library-transfer.js';
import { clipChecksum, vectorToBlob } from '../catalog-parts/clip-content.js';
import { assertActiveModel, clipsOfModel, hasClips, readActiveModel } from './active-model.js';
import { lock } from './locks.js';
import type { OpenTransaction, PostgresDatabase } from './postgres-database.js';
import { captions } from './schema/answers.js';
import { clips, videos } from './schema/videos.js';

/** Takes videos into a library's Postgres database in one transaction that lasts until it is committed. */
export class PostgresLibraryLoader implements LibraryLoader {
  readonly counts: TransferCounts;
  readonly modelFingerprint: string | undefined;
  readonly dimension: number | undefined;
  readonly #transaction: OpenTransaction;
  #isOpen = true;

  private constructor(
    transaction: OpenTransaction,
    modelFingerprint: string | undefined,
    dimension: number | undefined,
    counts: TransferCounts,
  ) {
    this.#transaction = transaction;
    this.modelFingerprint = modelFingerprint;
    this.dimension = dimension;
    this.counts = counts;
  }

  /** Others read meanwhile; whoever stores clips waits. */
  static async open(database: PostgresDatabase): Promise<PostgresLibraryLoader> {
    const transaction = await database.openTransaction('begin');
    const opening = transaction.run(async (connection) => {
      await lock(connection, 'clips');
      const active = (await readActiveModel(connection))?.fingerprint;
      const hasAny = active !== undefined && (await hasClips(connection, active));
      const [one] = await connection
        .select({ vector: clips.vector })
        .from(clips)
        .where(clipsOfModel())
        .limit(1);
      const dimension = one === undefined ? undefined : one.vector.length / Float32Array.BYTES_PER_ELEMENT;
      const [ofVideos] = await connection.select({ videos: count() }).from(videos);
      const [ofClips] = await connection.select({ clips: count() }).from(clips).where(clipsOfModel());
      const counts = { videos: ofVideos?.videos ?? 0, clips: ofClips?.clips ?? 0 };
      return new PostgresLibraryLoader(transaction, hasAny ? active : undefined, dimension, counts);
    });
    return opening.catch(async (error) => {
      await transaction.end('rollback');
      throw error;
    });
  }

  has(contentHash: string): Promise<boolean> {
    return this.#transaction.run(async (connection) => {
      const found = await connection
        .select({ id: videos.id })
        .from(videos)
        .where(eq(videos.contentHash, contentHash));
      return found.length > 0;
    });
  }

  add({ clips: newClips, ...video }: TransferredVideo, modelFingerprint: string): Promise<void> {
    return this.#transaction.run(async (connection) => {
      const videoId = randomUUID();
      await connection
        .insert(videos)
        .values({ ...video, id: videoId, status: 'ready', updatedAtMs: Date.now() });
      await assertActiveModel(connection, modelFingerprint);
      for (const { startSeconds, endSeconds, vector, caption } of newClips) {
        const content = { videoId, startSeconds, endSeconds, modelFingerprint, vector: vectorToBlob(vector) };
        const [stored] = await connection
          .insert(clips)
          .values({ ...content, checksum: clipChecksum(content) })
          .returning({ clipId: clips.id });
        if (caption !== undefined)
          await connection.insert(captions).values({ clipId: stored!.clipId, ...caption });
      }
    });
  }

  async commit(): Promise<void> {
    this.#isOpen = false;
    await this.#transaction.end('commit');
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#transaction.end('rollback');
  }
}
