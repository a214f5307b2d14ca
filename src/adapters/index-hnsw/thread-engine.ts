import type { AppError } from '../../domain/errors.js';
import type { IndexFileRecord, IndexState, Neighbour } from '../../ports/clip-index.js';
import { WorkerThread } from '../worker-thread/worker-thread.js';
import type { ClipBatch, IndexEngine, IndexEngineOptions, IndexQuery } from './index-engine.js';
import type { IndexOperations } from './index-operations.js';

/** An index's engine in a thread of its own, so that whoever asks is never kept busy. */
export class ThreadEngine implements IndexEngine {
  readonly #thread: WorkerThread<IndexOperations>;

  private constructor(thread: WorkerThread<IndexOperations>) {
    this.#thread = thread;
  }

  /**
   * @param module exports what `indexOperations` makes of the options it is started with.
   * @param onDeath hears that the thread of an engine that was opened died, and with it what the engine was given.
   */
  static async open(options: IndexEngineOptions, module: URL, onDeath: () => void): Promise<ThreadEngine> {
    return ThreadEngine.#start(options, module, onDeath).catch((error: AppError) => {
      // Once in some hundred starts, on a busy machine, Node failed to load a module that is there. Nothing is lost yet.
      if (error.code !== 'overloaded') throw error;
      return ThreadEngine.#start(options, module, onDeath);
    });
  }

  /** @throws AppError `overloaded` when its thread died before it was open. */
  static async #start(options: IndexEngineOptions, module: URL, onDeath: () => void): Promise<ThreadEngine> {
    let isOpen = false;
    const thread = new WorkerThread<IndexOperations>({
      module,
      workerData: options,
      operations: 'interleaved',
      onDeath: () => {
        if (isOpen) onDeath();
      },
    });
    try {
      await thread.call('state', undefined);
      isOpen = true;
      return new ThreadEngine(thread);
    } catch (error) {
      await thread.destroy();
      throw error;
    }
  }

  add(batch: ClipBatch): Promise<IndexState> {
    return this.#thread.call('add', batch);
  }

  remove(clipIds: readonly number[]): Promise<IndexState> {
    return this.#thread.call('remove', clipIds);
  }

  search(query: IndexQuery): Promise<Neighbour[]> {
    return this.#thread.call('search', query);
  }

  clipIds(): Promise<number[]> {
    return this.#thread.call('clipIds', undefined);
  }

  state(): Promise<IndexState> {
    return this.#thread.call('state', undefined);
  }

  settled(): Promise<IndexState> {
    return this.#thread.call('settled', undefined);
  }

  write(): Promise<IndexFileRecord | undefined> {
    return this.#thread.call('write', undefined);
  }

  async close(): Promise<void> {
    try {
      await this.#thread.call('close', undefined);
    } finally {
      await this.#thread.destroy();
    }
  }
}
