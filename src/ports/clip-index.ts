import type { ClipVector } from './catalog.js';
import type { Embedding } from './encoders.js';

export interface Neighbour {
  clipId: number;
  /** Inner product with the query; higher is nearer. */
  score: number;
}

/**
 * Finds the clips nearest to a vector by inner product. A cache: everything in it can be made again from the catalog.
 * Clips never change, so an id that is in already stays as it is.
 */
export interface ClipIndex {
  readonly dimension: number;
  /** Vectors in it. */
  readonly size: number;
  /** Highest clip id in it; 0 when it is empty. */
  readonly lastClipId: number;
  /** @throws AppError `invalid-input` for a vector of another length, or with a value that is no finite number. */
  add(clips: readonly ClipVector[]): Promise<void>;
  /**
   * @returns the `limit` nearest, best first (fewer when there are fewer).
   * @throws AppError `invalid-input` as `add`.
   */
  search(query: Embedding, limit: number): Promise<Neighbour[]>;
  /**
   * Makes what is in it outlast the process, where the index has something to gain from that.
   * @throws AppError `out-of-storage`; what was saved before is still there then.
   */
  save(): Promise<void>;
}

/** What is remembered of a saved index file, so that a damaged one is known before it is read. */
export interface IndexFileRecord {
  /** Name inside the data folder. */
  name: string;
  sizeBytes: number;
  /** Hex SHA-256 of the file. */
  sha256: string;
  /** Vectors in it. */
  clipCount: number;
  modelFingerprint: string;
}

/** Where the record is kept: by the catalog, in one transaction. */
export interface IndexFileLedger {
  indexFile(): Promise<IndexFileRecord | undefined>;
  /** @returns the record it took the place of. */
  recordIndexFile(record: IndexFileRecord): Promise<IndexFileRecord | undefined>;
}
