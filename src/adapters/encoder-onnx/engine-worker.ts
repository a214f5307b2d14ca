import { availableParallelism } from 'node:os';
import type { Embedding, ModelInfo } from '../../ports/encoders.js';
import { WorkerThread } from '../worker-thread/worker-thread.js';
import type { EngineWorkerData, WorkerOperations } from './worker-operations.js';

export interface EngineWorkerOptions {
  bundleDirectory: string;
  /** The worker's module: exports the operations of `workerOperations`. TypeScript or JavaScript. */
  workerModule: URL;
  /** Threads of one ONNX operator; every core by default, up to 16. */
  threads?: number;
  /** For a server: work that takes seconds waits for the milliseconds that a question takes. Nothing gives way by default. */
  givesWay?: boolean;
}

/** ONNX Runtime starts a pool of this many threads for each stage, so a big machine must not give it all it has. */
const MAX_DEFAULT_THREADS = 16;

/**
 * One worker thread that holds an engine, because `session.run` blocks the thread it is called on. What it is asked
 * runs one after the other, in the order asked for.
 */
export class EngineWorker<Input> {
  readonly model: ModelInfo;
  readonly #thread: WorkerThread<WorkerOperations<Input>>;
  #closing: Promise<void> | undefined;

  private constructor(thread: WorkerThread<WorkerOperations<Input>>, model: ModelInfo) {
    this.#thread = thread;
    this.model = model;
  }

  /**
   * Starts the thread and loads the bundle in it.
   * @throws AppError `file-not-found` or `invalid-model` when the bundle cannot be loaded, `invalid-input` when it is no
   * retrieval model.
   */
  static async start<Input>(
    role: EngineWorkerData['role'],
    { bundleDirectory, workerModule, threads, givesWay = false }: EngineWorkerOptions,
  ): Promise<EngineWorker<Input>> {
    const workerData: EngineWorkerData = {
      role,
      bundleDirectory,
      threads: threads ?? Math.min(availableParallelism(), MAX_DEFAULT_THREADS),
      givesWay,
    };
    const thread = new WorkerThread<WorkerOperations<Input>>({
      module: workerModule,
      workerData,
      operations: 'in-turn',
    });
    try {
      return new EngineWorker<Input>(thread, await thread.call('load', undefined));
    } catch (error) {
      await thread.destroy();
      throw error;
    }
  }

  /** @throws AppError as the encoder does, `internal` when the thread dies. */
  encode(input: Input): Promise<Embedding[]> {
    return this.#thread.call('encode', input as never);
  }

  /** Ends the thread, after what it was asked before. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    try {
      await this.#thread.call('close', undefined);
    } finally {
      await this.#thread.destroy();
    }
  }
}
