/** Bytes of a blob, end included, as HTTP counts them. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface StoredBlob {
  sizeBytes: number;
  /** Hex SHA-256 of the whole. */
  contentHash: string;
}

/** Files without a key, for as long as a piece of work takes. */
export interface PassingFiles {
  /**
   * @returns the path of a file with what the source gives.
   * @throws AppError `out-of-storage`, and whatever the source throws.
   */
  write(source: AsyncIterable<Uint8Array>): Promise<string>;
}

/** Files that can be read, also where they may not be changed. */
export interface BlobReader {
  /** Undefined when there is none. */
  size(key: string): Promise<number | undefined>;
  /** @throws AppError `not-found`. */
  read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array>>;
}

/**
 * Keeps files the library owns: uploads and thumbnails. Keys are made by Videre from ids and numbers, never from names
 * that come from outside: parts of lower-case letters, digits, dots and dashes between slashes.
 */
export interface BlobStore extends BlobReader {
  /**
   * Stores what the source gives, under a key that is not in use. Until it returns, nothing is there: if the source
   * throws, or the process dies, no part of it is left (after the next start).
   * @throws AppError `out-of-storage`, and whatever the source throws.
   */
  write(key: string, source: AsyncIterable<Uint8Array>): Promise<StoredBlob>;
  /**
   * Gives programs that want a file (ffmpeg) one with the content of the blob, for as long as `work` takes.
   * @throws AppError `not-found`.
   */
  withFile<Result>(key: string, work: (path: string) => Promise<Result>): Promise<Result>;
  /** Deletes a blob; nothing happens when there is none. */
  delete(key: string): Promise<void>;
  /** Deletes all blobs below a prefix that ends in a slash. */
  deleteAll(prefix: string): Promise<void>;
  /** Lends room for files that are gone when the work is done, or after the next start if it never is. */
  withPassingFiles<Result>(work: (files: PassingFiles) => Promise<Result>): Promise<Result>;
  /** Removes what writes left that never ended. Only while nobody writes. */
  sweep(): Promise<void>;
  /** Keys below a prefix, in no order; all without one. */
  list(prefix?: string): AsyncIterable<string>;
}
