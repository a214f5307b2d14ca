import { eq, isNotNull } from 'drizzle-orm';
import type { AppError } from '../../domain/errors.js';
import type { MediaFacts, Video, VideoDescription, VideoMedia } from '../../domain/video.js';
import type {
  Catalog,
  DeletedVideo,
  ListedVideo,
  NewClip,
  NewVideo,
  ProcessingJob,
  Registration,
} from '../../ports/catalog.js';
import type { IndexFileLedger, IndexFileRecord } from '../../ports/clip-index.js';
import { hasClips, readActiveModel } from './active-model.js';
import { touched } from './job-transitions.js';
import type { LibraryDatabase } from './library-database.js';
import { indexFiles } from './schema/index-files.js';
import { videos } from './schema/videos.js';
import { SqliteCatalogReader } from './sqlite-catalog-reader.js';
import * as writes from './video-writes.js';

/** The catalog of a library, in its SQLite file. */
export class SqliteCatalog extends SqliteCatalogReader implements Catalog, IndexFileLedger {
  readonly #database: LibraryDatabase;

  /**
   * @param database closed with the catalog.
   * @param modelFingerprint as `SqliteCatalogReader` takes it, and `onDamagedClip`.
   */
  constructor(
    database: LibraryDatabase,
    modelFingerprint?: string,
    onDamagedClip?: (fault: AppError) => void,
  ) {
    super(database, modelFingerprint, onDamagedClip);
    this.#database = database;
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
    this.forgetDamaged(deleted.clipIds);
    this.#database.forgetDeleted();
    this.#database.jobChanges.tell();
    return deleted;
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

  /** The index files that count, of all models. */
  indexFiles(): IndexFileRecord[] {
    return this.#database.run((database) => database.select().from(indexFiles).all());
  }

  indexFileNames(): string[] {
    return this.indexFiles().map(({ name }) => name);
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
}
