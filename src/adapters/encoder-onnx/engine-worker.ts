import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { toAppError } from '../../domain/errors.js';
import type { Embedding, ModelInfo } from '../../ports/encoders.js';
import { type RemoteResult, unwrap } from './remote-result.js';
import type { EngineWorkerData, WorkerOperations } from './worker-operations.js';

export interface EngineWorkerOptions {
  bundleDirectory: string;
  /** The worker's module: exports the operations of `workerOperations`. TypeScript or JavaScript. */
  workerModule: URL;
  /** Threads of one ONNX operator; every core by default, up to 16. */
  threads?: number;
}

/** ONNX Runtime starts a pool of this many threads for each stage, so a big machine must not give it all it has. */
const MAX_DEFAULT_THREADS = 16;

/**
 * One worker thread that holds an engine, because `session.run` blocks the thread it is called on. What it is asked
 * runs one after the other, in the order asked for.
 */
export class EngineWorker<Input> {
  readonly model: ModelInfo;
  readonly #pool: Piscina;
  #closing: Promise<void> | undefined;

  private constructor(pool: Piscina, model: ModelInfo) {
    this.#pool = pool;
    this.model = model;
  }

  /**
   * Starts the thread and loads the bundle in it.
   * @throws AppError `file-not-found` or `invalid-model` when the bundle cannot be loaded, `invalid-input` when it is no
   * retrieval model.
   */
  static async start<Input>(
    role: EngineWorkerData['role'],
    { bundleDirectory, workerModule, threads }: EngineWorkerOptions,
  ): Promise<EngineWorker<Input>> {
    const workerData: EngineWorkerData = {
      role,
      bundleDirectory,
      threads: threads ?? Math.min(availableParallelism(), MAX_DEFAULT_THREADS),
    };
    const pool = new Piscina({
      filename: fileURLToPath(workerModule),
      workerData,
      // A thread does not inherit the loader of its parent (tsx, vitest), so TypeScript brings its own.
      execArgv: workerModule.pathname.endsWith('.ts') ? ['--import', typescriptLoader()] : [],
      minThreads: 1,
      maxThreads: 1,
    });
    try {
      return new EngineWorker<Input>(pool, await call<Input, 'load'>(pool, 'load', undefined));
    } catch (error) {
      await pool.destroy();
      throw error;
    }
  }

  /** @throws AppError as the encoder does, `internal` when the thread dies. */
  encode(input: Input): Promise<Embedding[]> {
    return call<Input, 'encode'>(this.#pool, 'encode', input);
  }

  /** Ends the thread, after what it was asked before. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    try {
      await call(this.#pool, 'close', undefined);
    } finally {
      await this.#pool.destroy();
    }
  }
}

type Answer<Input, Name extends keyof WorkerOperations<Input>> =
  Awaited<ReturnType<WorkerOperations<Input>[Name]>> extends RemoteResult<infer Value> ? Value : never;

async function call<Input, Name extends keyof WorkerOperations<Input>>(
  pool: Piscina,
  name: Name,
  input: Parameters<WorkerOperations<Input>[Name]>[0],
): Promise<Answer<Input, Name>> {
  let result: RemoteResult<Answer<Input, Name>>;
  try {
    // Never given a signal: to abort a running task Piscina kills the thread, and with it the loaded engine.
    result = await pool.run(input, { name });
  } catch (thrown) {
    throw toAppError(thrown);
  }
  return unwrap(result);
}

/**
 * A module for `--import` that teaches the thread TypeScript. `--import tsx` itself only does so on a main thread, and a
 * bare name would be looked up from the folder the program was started in.
 */
function typescriptLoader(): string {
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  return `data:text/javascript,import{register}from${encodeURIComponent(api)};register()`;
}
