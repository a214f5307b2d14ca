import { randomUUID } from 'node:crypto';
import { count, eq, sql } from 'drizzle-orm';
import type { LibraryLoader, TransferCounts, TransferredVideo } from '../../ports/library-transfer.js';
import { clipChecksum, vectorToBlob } from '../catalog-parts/clip-content.js';
import { assertActiveModel, clipsOfModel, hasClips, readActiveModel } from './active-model.js';
import { LibraryDatabase } from './library-database.js';
import { captions } from './schema/answers.js';
import { clips, videos } from './schema/videos.js';

/** Takes videos into a library's SQLite file in one transaction that lasts until it is committed. */
export class SqliteLibraryLoader implements LibraryLoader {
  readonly counts: TransferCounts;
  readonly modelFingerprint: string | undefined;
  readonly dimension: number | undefined;
  readonly #database: LibraryDatabase;
  #isOpen = true;

  private constructor(database: LibraryDatabase) {
    this.#database = database;
    const { modelFingerprint, dimension, counts } = database.run((connection) => {
      connection.run(sql`begin immediate`);
      const active = readActiveModel(connection)?.fingerprint;
      const one = connection
        .select({ vector: clips.vector })
        .from(clips)
        .where(clipsOfModel())
        .limit(1)
        .get();
      return {
        modelFingerprint: active !== undefined && hasClips(connection, active) ? active : undefined,
        dimension: one === undefined ? undefined : one.vector.length / Float32Array.BYTES_PER_ELEMENT,
        counts: {
          videos: connection.select({ videos: count() }).from(videos).get()?.videos ?? 0,
          clips: connection.select({ clips: count() }).from(clips).where(clipsOfModel()).get()?.clips ?? 0,
        },
      };
    });
    this.modelFingerprint = modelFingerprint;
    this.dimension = dimension;
    this.counts = counts;
  }

  /** @throws AppError `invalid-input` when the file cannot be written, `corrupt-data` when it is no database. */
  static open(path: string): SqliteLibraryLoader {
    return new SqliteLibraryLoader(new LibraryDatabase(path));
  }

  async has(contentHash: string): Promise<boolean> {
    return this.#database.run((connection) => {
      const found = connection
        .select({ id: videos.id })
        .from(videos)
        .where(eq(videos.contentHash, contentHash))
        .get();
      return found !== undefined;
    });
  }

  async add({ clips: newClips, ...video }: TransferredVideo, modelFingerprint: string): Promise<void> {
    this.#database.run((connection) => {
      const id = randomUUID();
      connection
        .insert(videos)
        .values({ ...video, id, status: 'ready', updatedAtMs: Date.now() })
        .run();
      assertActiveModel(connection, modelFingerprint);
      for (const { startSeconds, endSeconds, vector, caption } of newClips) {
        const content = {
          videoId: id,
          startSeconds,
          endSeconds,
          modelFingerprint,
          vector: vectorToBlob(vector),
        };
        const { clipId } = connection
          .insert(clips)
          .values({ ...content, checksum: clipChecksum(content) })
          .returning({ clipId: clips.id })
          .get();
        if (caption !== undefined)
          connection
            .insert(captions)
            .values({ clipId, ...caption })
            .run();
      }
    });
  }

  async commit(): Promise<void> {
    this.#database.run((connection) => connection.run(sql`commit`));
    this.#isOpen = false;
  }

  async close(): Promise<void> {
    if (this.#isOpen) this.#database.run((connection) => connection.run(sql`rollback`));
    this.#isOpen = false;
    this.#database.close();
  }
}
