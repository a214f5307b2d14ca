import Database from 'better-sqlite3';
import { count, isNotNull } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { AppError } from '../../domain/errors.js';
import type {
  BackupSource,
  CopyOptions,
  DatabaseContents,
  DatabaseCopies,
} from '../../ports/library-backup.js';
import { verifyClip } from '../catalog-parts/clip-content.js';
import { readActiveModel } from './active-model.js';
import { damagedDatabase } from './inspect-database.js';
import { LibraryDatabase } from './library-database.js';
import type { CatalogDatabase } from './open-database.js';
import { indexFiles } from './schema/index-files.js';
import { clips, videos } from './schema/videos.js';
import { SqliteCatalog } from './sqlite-catalog.js';
import { withSqliteErrors } from './sqlite-errors.js';

/** About a megabyte: a server answers between two of them. */
const PAGES_A_TURN = 256;
const ALL_PAGES = 2 ** 31 - 1;

/**
 * A library's SQLite file on its way into a backup, by SQLite's own online backup.
 * When another process writes, SQLite begins the copy anew; what this connection writes meanwhile goes into it.
 */
export class SqliteBackupSource implements BackupSource {
  readonly #database: LibraryDatabase;
  readonly #pagesAtOnce: number;

  /**
   * @param isServing nobody else writes, and others wait for this thread: the copy is made in turns. Otherwise it is made
   *   in one, before which and after which others may write.
   */
  constructor(database: LibraryDatabase, isServing: boolean) {
    this.#database = database;
    this.#pagesAtOnce = isServing ? PAGES_A_TURN : ALL_PAGES;
  }

  async copyTo(path: string, { signal, onProgress = () => {} }: CopyOptions = {}): Promise<void> {
    const progress = ({ totalPages, remainingPages }: Database.BackupMetadata) => {
      signal?.throwIfAborted();
      if (totalPages > 0) onProgress(1 - remainingPages / totalPages);
      return this.#pagesAtOnce;
    };
    const copied = this.#database.run(({ $client }) => $client.backup(path, { progress }));
    await copied.catch((error) => {
      if (signal?.aborted) throw new AppError('cancelled', 'The backup was cancelled.', { cause: error });
      withSqliteErrors(this.#database.path, () => {
        throw error;
      });
    });
    leaveAlone(path);
  }

  async hasVideo(videoId: string): Promise<boolean> {
    return (await new SqliteCatalog(this.#database).getVideo(videoId)) !== undefined;
  }
}

export const sqliteCopies: DatabaseCopies = {
  contents: async (path) => reading(path, contentsOf),

  removeVideos: async (path, videoIds) => {
    if (videoIds.length === 0) return;
    const catalog = new SqliteCatalog(new LibraryDatabase(path));
    try {
      for (const videoId of videoIds) await catalog.deleteVideo(videoId);
    } finally {
      await catalog.close();
    }
    leaveAlone(path);
  },

  verify: async (path, signal) =>
    reading(path, (database) => {
      const { $client } = database;
      const problems = $client.prepare('pragma integrity_check').pluck().all();
      const orphans = $client.pragma('foreign_key_check') as unknown[];
      if (problems[0] !== 'ok' || orphans.length > 0) throw damagedDatabase(path, problems, orphans.length);
      for (const clip of $client.prepare<[], StoredClipRow>(EVERY_CLIP).iterate()) {
        if (signal?.aborted) throw new AppError('cancelled', 'The verification was cancelled.');
        verifyClip(clip);
      }
    }),
};

type StoredClipRow = Parameters<typeof verifyClip>[0];

const EVERY_CLIP = `select id, video_id as videoId, start_seconds as startSeconds, end_seconds as endSeconds,
  model_fingerprint as modelFingerprint, vector, checksum from clips`;

function contentsOf(database: CatalogDatabase): DatabaseContents {
  const ownedFiles = database
    .select({
      videoId: videos.id,
      title: videos.title,
      blobKey: videos.blobKey,
      sizeBytes: videos.sizeBytes,
      contentHash: videos.contentHash,
    })
    .from(videos)
    .where(isNotNull(videos.blobKey))
    .all();
  return {
    videos: database.select({ videos: count() }).from(videos).get()?.videos ?? 0,
    clips: database.select({ clips: count() }).from(clips).get()?.clips ?? 0,
    modelFingerprint: readActiveModel(database)?.fingerprint ?? null,
    ownedFiles: ownedFiles.map(({ blobKey, ...file }) => ({ ...file, blobKey: blobKey! })),
    indexFiles: database
      .select({ name: indexFiles.name, sizeBytes: indexFiles.sizeBytes, sha256: indexFiles.sha256 })
      .from(indexFiles)
      .all(),
  };
}

/** Reads a file that needs no others beside it: nothing is made, locked or changed. */
function reading<Result>(path: string, work: (database: CatalogDatabase) => Result): Result {
  return withSqliteErrors(path, () => {
    const client = new Database(path, { readonly: true, fileMustExist: true });
    try {
      return work(drizzle({ client }));
    } finally {
      client.close();
    }
  });
}

/** With a write-ahead log, a database cannot be read without making files beside it. */
function leaveAlone(path: string): void {
  withSqliteErrors(path, () => {
    const client = new Database(path);
    try {
      client.pragma('journal_mode = DELETE');
    } finally {
      client.close();
    }
  });
}
