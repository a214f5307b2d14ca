import type { IndexFileRecord, IndexSearchOptions, IndexState, Neighbour } from '../../ports/clip-index.js';

/** Clips as they cross to the thread of an index: one array, not one a clip. */
export interface ClipBatch {
  clipIds: number[];
  /** Row after row, [clips, dimension]. */
  vectors: Float32Array;
  /** There are no others up to this one. */
  throughClipId: number;
}

export interface IndexQuery extends IndexSearchOptions {
  vector: Float32Array;
  limit: number;
}

export interface IndexEngineOptions {
  /** Folder the index file lives in. */
  folder: string;
  dimension: number;
  modelFingerprint: string;
  /** The file to start from, if it is sound and of the same model. */
  record: IndexFileRecord | undefined;
}

/** The part of an HNSW index that computes: here, or in a thread of its own. Whoever calls it has checked the vectors. */
export interface IndexEngine {
  add(batch: ClipBatch): Promise<IndexState>;
  remove(clipIds: readonly number[]): Promise<IndexState>;
  search(query: IndexQuery): Promise<Neighbour[]>;
  clipIds(): Promise<number[]>;
  state(): Promise<IndexState>;
  /** Done when every clip is in the graph. */
  settled(): Promise<IndexState>;
  /** Writes the graph to a file; undefined when the file would say what the last one says. */
  write(): Promise<IndexFileRecord | undefined>;
  close(): Promise<void>;
}
