import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { toAppError } from '../../domain/errors.js';
import { type RemoteResult, unwrap } from './remote-result.js';

/** What an engine's worker thread is started with. */
export interface EngineWorkerData {
  bundleDirectory: string;
  /** Threads of one ONNX operator. */
  threads: number;
}

/** ONNX Runtime starts a pool of this many threads for each stage, so a big machine must not give it all it has. */
const MAX_THREADS = 16;

export function defaultThreads(): number {
  return Math.min(availableParallelism(), MAX_THREADS);
}

/** How a caller knows the worker of `Operations`: each takes one cloneable value and answers with one. */
type Operations = Record<string, (input: never) => Promise<RemoteResult<unknown>>>;
type InputOf<Operation> = Operation extends (input: infer Input) => unknown ? Input : never;
type ValueOf<Operation> = Operation extends (input: never) => Promise<RemoteResult<infer Value>>
  ? Value
  : never;

/**
 * One worker thread that holds an engine, because `session.run` blocks the thread it is called on. Operations run one
 * after the other, in the order asked for.
 */
export class EngineWorker<Exports extends Operations> {
  readonly #pool: Piscina;

  /** @param url of the worker's module next to the caller's, without extension, e.g. `./video-worker` resolved. */
  constructor(module: URL, data: EngineWorkerData) {
    // Run from TypeScript (tsx, vitest) the worker is TypeScript too and needs tsx's loader; built, it is JavaScript.
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    this.#pool = new Piscina({
      filename: `${module.href}${extension}`,
      workerData: data,
      execArgv: extension === '.ts' ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [],
      minThreads: 1,
      maxThreads: 1,
      // A loaded engine is worth keeping for as long as its owner lives.
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }

  /** @throws AppError as the operation does, `internal` when the worker dies. */
  async run<Name extends string & keyof Exports>(
    operation: Name,
    input: InputOf<Exports[Name]>,
  ): Promise<ValueOf<Exports[Name]>> {
    let result: RemoteResult<ValueOf<Exports[Name]>>;
    try {
      // Not given a signal: Piscina would kill the thread, and with it the loaded engine.
      result = await this.#pool.run(input, { name: operation });
    } catch (thrown) {
      throw toAppError(thrown);
    }
    return unwrap(result);
  }

  /** Ends the thread; what is still queued fails. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
