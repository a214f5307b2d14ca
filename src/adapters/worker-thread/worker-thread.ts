import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { toAppError } from '../../domain/errors.js';
import { type RemoteResult, unwrap } from './remote-result.js';
import { loaderFor } from './typescript-loader.js';

/** What a worker's module exports: functions of one argument, wrapped by `remote`. */
export type RemoteOperations<Operations> = {
  [Name in keyof Operations]: (input: never) => Promise<RemoteResult<unknown>>;
};

type InputOf<Operation> = Operation extends (input: infer Input) => unknown ? Input : never;
type ValueOf<Operation> = Operation extends (input: never) => Promise<RemoteResult<infer Value>>
  ? Value
  : never;

export interface WorkerThreadOptions {
  /** TypeScript or JavaScript. */
  module: URL;
  workerData: unknown;
  /**
   * `in-turn`: an operation starts when the one before it is done, and the thread sleeps in between. `interleaved`:
   * operations start when asked for, and what they leave running goes on.
   */
  operations: 'in-turn' | 'interleaved';
  /**
   * Hears that the thread died, before what it was doing fails. It is not started again then; without this, a new one
   * takes its place at once, which is right for one that remembers nothing.
   */
  onDeath?: () => void;
}

/** More than anybody asks at once. */
const INTERLEAVED_OPERATIONS = 100_000;

/** One thread that runs the operations its module exports. */
export class WorkerThread<Operations extends RemoteOperations<Operations>> {
  readonly #pool: Piscina;
  #isEnded = false;

  constructor({ module, workerData, operations, onDeath }: WorkerThreadOptions) {
    this.#pool = new Piscina({
      filename: fileURLToPath(module),
      workerData,
      execArgv: loaderFor(module),
      minThreads: 1,
      maxThreads: 1,
      // Nobody asks for Piscina's own statistics.
      recordTiming: false,
      ...(operations === 'in-turn'
        ? {}
        : { concurrentTasksPerWorker: INTERLEAVED_OPERATIONS, atomics: 'disabled' as const }),
    });
    // Of a thread that dies while it has nothing to do; unheard, it would end the process.
    this.#pool.on('error', () => {});
    this.#pool.on('workerDestroy', () => {
      if (onDeath === undefined || this.#isEnded) return;
      void this.destroy();
      onDeath();
    });
  }

  /** @throws AppError what the operation throws, `internal` when the thread dies. */
  async call<Name extends keyof Operations & string>(
    name: Name,
    input: InputOf<Operations[Name]>,
  ): Promise<ValueOf<Operations[Name]>> {
    let result: RemoteResult<ValueOf<Operations[Name]>>;
    try {
      // Never given a signal: to abort a running task Piscina kills the thread, and with it what it has loaded.
      result = await this.#pool.run(input, { name });
    } catch (thrown) {
      throw toAppError(thrown);
    }
    return unwrap(result);
  }

  /** Ends the thread at once; what it was doing fails. */
  destroy(): Promise<void> {
    this.#isEnded = true;
    return this.#pool.destroy();
  }
}
