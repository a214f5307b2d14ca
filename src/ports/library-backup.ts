/** A file that the rows of a library name. */
export interface OwnedFile {
  videoId: string;
  title: string;
  blobKey: string;
  sizeBytes: number;
  /** Hex SHA-256. */
  contentHash: string;
}

/** A saved index, a cache, as the rows of a library describe it. */
export interface SavedIndexFile {
  /** In the data folder. */
  name: string;
  sizeBytes: number;
  /** Hex SHA-256. */
  sha256: string;
}

/** What the copy of a library's database holds. */
export interface DatabaseContents {
  videos: number;
  /** Of all models. */
  clips: number;
  /** The model whose vectors are searched; null while there are none. */
  modelFingerprint: string | null;
  ownedFiles: OwnedFile[];
  indexFiles: SavedIndexFile[];
}

export interface CopyOptions {
  signal?: AbortSignal | undefined;
  /** @param share of the database that is copied, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
}

/** The database of a library that is in use. */
export interface BackupSource {
  /**
   * Writes a copy of all of it as it is at one moment, one file that needs no others beside it, while work on it goes on.
   * @throws AppError `out-of-storage`, `corrupt-data`, `cancelled`.
   */
  copyTo(path: string, options?: CopyOptions): Promise<void>;
  hasVideo(videoId: string): Promise<boolean>;
}

/** Copies of databases, which nobody else has open. */
export interface DatabaseCopies {
  contents(path: string): Promise<DatabaseContents>;
  /** Removes videos, as the library did itself meanwhile. */
  removeVideos(path: string, videoIds: readonly string[]): Promise<void>;
  /**
   * Reads all of it: every page, every reference, every vector. Changes nothing, and leaves nothing beside it.
   * @throws AppError `corrupt-data` with what is wrong.
   */
  verify(path: string, signal?: AbortSignal): Promise<void>;
}
