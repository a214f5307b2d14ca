import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertUsableVector } from '../../domain/embedding-check.js';
import type { ClipVector } from '../../ports/catalog.js';
import type {
  ClipIndex,
  IndexFileLedger,
  IndexSearchOptions,
  IndexState,
  Neighbour,
} from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import type { ClipBatch, IndexEngine } from './index-engine.js';
import { LocalEngine } from './local-engine.js';
import { ThreadEngine } from './thread-engine.js';

export interface HnswIndexOptions {
  /** Folder the index file lives in. */
  folder: string;
  dimension: number;
  modelFingerprint: string;
  /** Remembers length, hash and contents of the file. */
  ledger: IndexFileLedger;
  /**
   * The module of a thread to compute in: exports `indexOperations`. Without one, adding many clips, loading and
   * comparing with all of a large library keep the thread of the caller busy.
   */
  threadModule?: URL;
}

/**
 * Approximate search on a navigable small world graph (Malkov and Yashunin, 2016), by hnswlib.
 * Its file is a cache: it is read only when it is byte for byte what the ledger says; otherwise the index starts empty
 * and is filled from the catalog.
 */
export class HnswIndex implements ClipIndex {
  readonly dimension: number;
  readonly #folder: string;
  readonly #ledger: IndexFileLedger;
  readonly #engine: IndexEngine;
  #state: IndexState;

  private constructor(
    { folder, dimension, ledger }: HnswIndexOptions,
    engine: IndexEngine,
    state: IndexState,
  ) {
    this.dimension = dimension;
    this.#folder = folder;
    this.#ledger = ledger;
    this.#engine = engine;
    this.#state = state;
  }

  /** Loads the saved index if it is sound and of the same model, else starts an empty one. */
  static async open(options: HnswIndexOptions): Promise<HnswIndex> {
    const { folder, dimension, modelFingerprint, ledger, threadModule } = options;
    const engineOptions = {
      folder,
      dimension,
      modelFingerprint,
      record: await ledger.indexFile(modelFingerprint),
    };
    const engine =
      threadModule === undefined
        ? await LocalEngine.open(engineOptions)
        : await ThreadEngine.open(engineOptions, threadModule);
    return new HnswIndex(options, engine, await engine.state());
  }

  get size(): number {
    return this.#state.size;
  }

  get lastClipId(): number {
    return this.#state.lastClipId;
  }

  async state(): Promise<IndexState> {
    this.#state = await this.#engine.state();
    return this.#state;
  }

  async add(clips: readonly ClipVector[], throughClipId = 0): Promise<void> {
    for (const { clipId, vector } of clips) assertUsableVector(vector, this.dimension, `Clip ${clipId}`);
    this.#state = await this.#engine.add(this.#batch(clips, throughClipId));
  }

  async remove(clipIds: readonly number[]): Promise<void> {
    this.#state = await this.#engine.remove(clipIds);
  }

  async search(vector: Embedding, limit: number, options: IndexSearchOptions = {}): Promise<Neighbour[]> {
    assertUsableVector(vector, this.dimension, 'The query');
    return this.#engine.search({ vector, limit, ...options });
  }

  clipIds(): Promise<number[]> {
    return this.#engine.clipIds();
  }

  async settled(): Promise<void> {
    this.#state = await this.#engine.settled();
  }

  async save(): Promise<void> {
    const record = await this.#engine.write();
    if (record === undefined) return;
    const replaced = await this.#ledger.recordIndexFile(record);
    if (replaced !== undefined && replaced.name !== record.name) {
      await rm(join(this.#folder, replaced.name), { force: true });
    }
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  #batch(clips: readonly ClipVector[], throughClipId: number): ClipBatch {
    const vectors = new Float32Array(clips.length * this.dimension);
    clips.forEach(({ vector }, order) => {
      vectors.set(vector, order * this.dimension);
    });
    return { clipIds: clips.map(({ clipId }) => clipId), vectors, throughClipId };
  }
}
