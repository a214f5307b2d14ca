import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertUsableVector } from '../../domain/embedding-check.js';
import { AppError } from '../../domain/errors.js';
import type { ClipVector } from '../../ports/catalog.js';
import type {
  ClipIndex,
  IndexFileLedger,
  IndexFileRecord,
  IndexSearchOptions,
  IndexState,
  Neighbour,
} from '../../ports/clip-index.js';
import type { Embedding } from '../../ports/encoders.js';
import type { ClipBatch, IndexEngine } from './index-engine.js';
import { LocalEngine } from './local-engine.js';
import { ThreadEngine } from './thread-engine.js';

/** What an index knows of itself whose thread died. */
const NOTHING: IndexState = { size: 0, lastClipId: 0, unarranged: 0, dead: 0 };

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
 * and is filled from the catalog. If its thread dies, it goes on from its file, and says so by `lastClipId` and `restores`.
 */
export class HnswIndex implements ClipIndex {
  readonly dimension: number;
  readonly #options: HnswIndexOptions;
  /** Undefined from the death of its thread until somebody needs it again. */
  #engine: Promise<IndexEngine> | undefined;
  #state = NOTHING;
  #restores = 1;
  /** A file that was written and that the ledger could not be told of. */
  #unrecorded: IndexFileRecord | undefined;

  private constructor(options: HnswIndexOptions) {
    this.dimension = options.dimension;
    this.#options = options;
  }

  /** Loads the saved index if it is sound and of the same model, else starts an empty one. */
  static async open(options: HnswIndexOptions): Promise<HnswIndex> {
    const index = new HnswIndex(options);
    await index.state();
    return index;
  }

  get size(): number {
    return this.#state.size;
  }

  get restores(): number {
    return this.#restores;
  }

  get lastClipId(): number {
    return this.#state.lastClipId;
  }

  async state(): Promise<IndexState> {
    await this.#ask((engine) => engine.state());
    return this.#state;
  }

  async add(clips: readonly ClipVector[], throughClipId = 0): Promise<void> {
    for (const { clipId, vector } of clips) assertUsableVector(vector, this.dimension, `Clip ${clipId}`);
    await this.#ask((engine) => engine.add(this.#batch(clips, throughClipId)));
  }

  async remove(clipIds: readonly number[]): Promise<void> {
    await this.#ask((engine) => engine.remove(clipIds));
  }

  async search(vector: Embedding, limit: number, options: IndexSearchOptions = {}): Promise<Neighbour[]> {
    assertUsableVector(vector, this.dimension, 'The query');
    if (this.#engine === undefined) {
      // What its file has is not all there is: whoever asks next has it follow the catalog first.
      this.#opened().catch(() => {});
      throw new AppError('overloaded', 'The index is being loaded again.', { hint: 'Ask again.' });
    }
    return (await this.#engine).search({ vector, limit, ...options });
  }

  async clipIds(): Promise<number[]> {
    return (await this.#opened()).clipIds();
  }

  async settled(): Promise<void> {
    await this.#ask((engine) => engine.settled());
  }

  async save(): Promise<void> {
    const { folder, ledger } = this.#options;
    const written = await (await this.#opened()).write();
    const earlier = this.#unrecorded;
    const record = written ?? earlier;
    if (record === undefined) return;
    // Else each try on a full disk would leave a file more there.
    if (earlier !== undefined && earlier.name !== record.name) {
      await rm(join(folder, earlier.name), { force: true });
    }
    this.#unrecorded = record;
    const replaced = await ledger.recordIndexFile(record);
    this.#unrecorded = undefined;
    if (replaced !== undefined && replaced.name !== record.name) {
      await rm(join(folder, replaced.name), { force: true });
    }
  }

  async close(): Promise<void> {
    await (await this.#engine)?.close();
  }

  /** Has the engine do something, and keeps the state it is in after. */
  async #ask(work: (engine: IndexEngine) => Promise<IndexState>): Promise<void> {
    const opened = this.#opened();
    const state = await work(await opened);
    // One that died meanwhile has no state any more.
    if (this.#engine === opened) this.#state = state;
  }

  /** The engine, opened if there is none; one that could not be is tried again the next time. */
  #opened(): Promise<IndexEngine> {
    this.#engine ??= this.#open().catch((error) => {
      this.#engine = undefined;
      throw error;
    });
    return this.#engine;
  }

  async #open(): Promise<IndexEngine> {
    const { folder, dimension, modelFingerprint, ledger, threadModule } = this.#options;
    const record = await ledger.indexFile(modelFingerprint);
    const engineOptions = { folder, dimension, modelFingerprint, record };
    if (threadModule === undefined) return LocalEngine.open(engineOptions);
    return ThreadEngine.open(engineOptions, threadModule, () => {
      this.#engine = undefined;
      this.#state = NOTHING;
      this.#restores++;
    });
  }

  #batch(clips: readonly ClipVector[], throughClipId: number): ClipBatch {
    const vectors = new Float32Array(clips.length * this.dimension);
    clips.forEach(({ vector }, order) => {
      vectors.set(vector, order * this.dimension);
    });
    return { clipIds: clips.map(({ clipId }) => clipId), vectors, throughClipId };
  }
}
