import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { AppError, toAppError } from '../../domain/errors.js';
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
  /** Another that remembers nothing either does what it would have done. */
  readonly #isReplaceable: boolean;
  readonly #waiting = new Set<(error: Error) => void>();
  #isEnded = false;

  constructor({ module, workerData, operations, onDeath }: WorkerThreadOptions) {
    this.#isReplaceable = onDeath === undefined;
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
    // Of a thread that dies while it has nothing to do; unheard, it would end the process. When it died before it began, the
    // pool starts no other, and what waits for one would wait for ever.
    this.#pool.on('error', (error: Error) => {
      if (this.#pool.threads.length === 0) for (const fail of this.#waiting) fail(error);
    });
    this.#pool.on('workerDestroy', () => {
      if (onDeath === undefined || this.#isEnded) return;
      void this.destroy();
      onDeath();
    });
  }

  /**
   * Where the thread is replaced when it dies, what it was doing is done again by the next one, once.
   * @throws AppError what the operation throws, `overloaded` when the thread dies, `internal` for what cannot cross to it.
   */
  async call<Name extends keyof Operations & string>(
    name: Name,
    input: InputOf<Operations[Name]>,
  ): Promise<ValueOf<Operations[Name]>> {
    const run = () => this.#run<ValueOf<Operations[Name]>>(name, input);
    let result: RemoteResult<ValueOf<Operations[Name]>>;
    try {
      result = await run().catch((thrown) => {
        if (isDeath(thrown) && this.#isReplaceable && !this.#isEnded) return run();
        throw thrown;
      });
    } catch (thrown) {
      throw isDeath(thrown) ? died(thrown) : toAppError(thrown);
    }
    return unwrap(result);
  }

  #run<Value>(name: string, input: unknown): Promise<RemoteResult<Value>> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      // Never given a signal: to abort a running task Piscina kills the thread, and with it what it has loaded.
      const ran: Promise<RemoteResult<Value>> = this.#pool.run(input, { name });
      ran.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** Ends the thread at once; what it was doing fails. */
  destroy(): Promise<void> {
    this.#isEnded = true;
    return this.#pool.destroy();
  }
}

/** What an operation throws comes as a result; what else is thrown, but for what cannot be cloned, tells of the thread's end. */
function isDeath(thrown: unknown): thrown is Error {
  return thrown instanceof Error && !(thrown instanceof AppError) && thrown.name !== 'DataCloneError';
}

function died(cause: Error): AppError {
  return new AppError('overloaded', `A part of Videre ended while it was at work (${cause.message}).`, {
    cause,
    hint: 'Another takes its place: try again in a moment.',
  });
}
