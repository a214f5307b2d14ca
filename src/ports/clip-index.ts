import type { ClipVector } from './catalog.js';
import type { SearchFilter } from './clip-finder.js';
import type { Embedding } from './encoders.js';

export interface Neighbour {
  clipId: number;
  /** Inner product with the query; higher is nearer. */
  score: number;
}

export interface IndexSearchOptions {
  /** Only these clips, compared one by one: the answer is exact. Those that are not in are passed over. */
  among?: readonly number[];
  /** Compare with every clip. */
  exact?: boolean;
}

/** What an index holds, for people who watch it. */
export interface IndexState {
  /** Vectors that can be found. */
  size: number;
  /** Highest clip id it was ever given or told of; 0 when there was none. */
  lastClipId: number;
  /** Vectors that are found by comparing them one by one, until the index has arranged them. */
  unarranged: number;
  /** Removed vectors that still take up room. */
  dead: number;
}

/** Finds the clips nearest to a vector by inner product. */
export interface ClipSearcher {
  readonly dimension: number;
  /** As in its state after the last change. `lastClipId` goes back when the index has lost what it was given after it. */
  readonly size: number;
  readonly lastClipId: number;
  state(): Promise<IndexState>;
  /**
   * What was added is found at once; arranging it for fast search may go on after. Absent where clips come into the index by
   * the same change that brings them into the catalog.
   * @param throughClipId that the catalog has no more clips up to this one than were given; by default the last of them.
   * @throws AppError `invalid-input` for a vector of another length, or with a value that is no finite number.
   */
  add?(clips: readonly ClipVector[], throughClipId?: number): Promise<void>;
  /**
   * @returns the `limit` nearest, best first (fewer when there are fewer), of equal scores the lower id first.
   * @throws AppError `invalid-input` as `add`.
   */
  search(query: Embedding, limit: number, options?: IndexSearchOptions): Promise<Neighbour[]>;
  /**
   * The nearest of the clips that pass a filter, best first; perhaps fewer than there are. Only where the index lies with
   * the catalog and looks at both at once: elsewhere, whoever searches looks through what `search` finds.
   */
  searchPassing?(query: Embedding, limit: number, filter: SearchFilter): Promise<Neighbour[]>;
}

/**
 * An index that is kept: a cache, for everything in it can be made again from the catalog. Clips never change, so an id that
 * is in already stays as it is.
 */
export interface ClipIndex extends ClipSearcher {
  /**
   * How often it went on from what it had saved: at its opening, and after each death of its thread. What was removed since
   * that save may be in it again then. 0 where nothing outlives the deletion of its clip.
   */
  readonly restores: number;
  add(clips: readonly ClipVector[], throughClipId?: number): Promise<void>;
  /** Clips that are never found again, whether they were in or not. */
  remove(clipIds: readonly number[]): Promise<void>;
  /** Ids of all clips that are in, in any order. */
  clipIds(): Promise<number[]>;
  /** Done when everything that was added is arranged. */
  settled(): Promise<void>;
  /**
   * Makes what is arranged by now outlast the process, where the index has something to gain from that.
   * @throws AppError `out-of-storage`; what was saved before is still there then.
   */
  save(): Promise<void>;
  /** Lets go of memory and threads; saves nothing. */
  close(): Promise<void>;
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
  /** One a model at most. */
  indexFile(modelFingerprint: string): Promise<IndexFileRecord | undefined>;
  /** @returns the record of the same model that it took the place of. */
  recordIndexFile(record: IndexFileRecord): Promise<IndexFileRecord | undefined>;
}
