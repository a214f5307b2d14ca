import { type ChildProcess, fork } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../../domain/errors.js';
import { loaderFor } from '../../worker-thread/typescript-loader.js';
import {
  connectionHeader,
  OUTPUTS,
  type ProgramEnd,
  type SpawnerReport,
  type SpawnerRequest,
} from './messages.js';

export type ProgramToStart = Omit<Extract<SpawnerRequest, { kind: 'start' }>, 'kind' | 'id'>;

export interface StartedProgram {
  stdout: Socket;
  stderr: Socket;
  /** File descriptor 3 of the program. */
  sideChannel: Socket;
  /** @throws Error with the system's `code` when it cannot be started; AppError `overloaded` when the spawner ended. */
  ended: Promise<ProgramEnd>;
  /** Kills it and what it started. */
  kill(): void;
}

const processModule = new URL(
  `./spawner-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`,
  import.meta.url,
);

/** What the process gets of our environment: it needs no secrets. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'NODE_V8_COVERAGE'];

/**
 * Starts programs through a small process of its own. To start one, Linux copies the page tables of the process that
 * asks, and Node does so on its main thread: measured, 30 ms for each gigabyte that a server holds (an index, a model),
 * in which it answers nobody. The small process holds nothing, and starts one in 2 ms.
 */
export class Spawner {
  #running: RunningSpawner | undefined;

  start(program: ProgramToStart): StartedProgram {
    if (this.#running?.hasEnded !== false) this.#running = new RunningSpawner();
    return this.#running.start(program);
  }
}

/** A program as the one who asked for it waits for it. */
interface Attendant {
  pid: number | undefined;
  outputs: readonly Socket[];
  tellEnded: (end: ProgramEnd) => void;
  tellFailed: (error: Error) => void;
}

/** One such process, from its start to its end. */
class RunningSpawner {
  readonly #process: ChildProcess;
  readonly #attendants = new Map<number, Attendant>();
  readonly #listening: Promise<string>;
  #tellListening: (path: string) => void = () => {};
  #lastId = 0;
  hasEnded = false;

  constructor() {
    this.#listening = new Promise((resolve) => {
      this.#tellListening = resolve;
    });
    this.#process = fork(fileURLToPath(processModule), {
      execArgv: loaderFor(processModule),
      env: Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process.on('message', (report: SpawnerReport) => this.#hear(report));
    this.#process.once('exit', () => {
      this.hasEnded = true;
    });
    // Later than its exit: by now all was heard that it said, and so which programs it leaves.
    this.#process.once('close', () => this.#end());
    this.#process.once('error', () => this.#end());
    // Nobody waits for its end; while programs run, the channel is what keeps us here.
    this.#process.unref();
    this.#process.channel?.unref();
  }

  start(request: ProgramToStart): StartedProgram {
    const id = ++this.#lastId;
    const outputs = OUTPUTS.map(() => new Output());
    for (const output of outputs) {
      output.on('error', (error) => {
        // Perhaps somebody cleaned up the folder for temporary files: the next program gets another spawner.
        if (error instanceof AppError) this.#process.kill('SIGKILL');
      });
    }
    const attendant: Attendant = {
      pid: undefined,
      outputs,
      tellEnded: () => {},
      tellFailed: () => {},
    };
    this.#attendants.set(id, attendant);
    this.#process.channel?.ref();
    this.#send({ kind: 'start', id, ...request });
    void this.#listening.then((path) => connect(outputs, path, id));
    const [stdout, stderr, sideChannel] = outputs as [Socket, Socket, Socket];
    return {
      stdout,
      stderr,
      sideChannel,
      ended: new Promise((resolve, reject) => {
        attendant.tellEnded = resolve;
        attendant.tellFailed = reject;
      }),
      kill: () => this.#send({ kind: 'kill', id }),
    };
  }

  #send(request: SpawnerRequest): void {
    // That it ended is told to everybody who waits, whatever the fault.
    if (this.#process.connected) this.#process.send(request, () => {});
  }

  #hear(report: SpawnerReport): void {
    if (report.kind === 'listening') {
      this.#tellListening(report.path);
      return;
    }
    const attendant = this.#attendants.get(report.id);
    if (attendant === undefined) return;
    if (report.kind === 'started') {
      attendant.pid = report.pid;
      return;
    }
    if (report.kind === 'ended') attendant.tellEnded(report);
    else attendant.tellFailed(Object.assign(new Error(report.message), { code: report.code }));
    this.#attendants.delete(report.id);
    if (this.#attendants.size === 0) this.#process.channel?.unref();
  }

  #end(): void {
    this.hasEnded = true;
    for (const { pid, outputs, tellFailed } of this.#attendants.values()) {
      if (pid !== undefined) killGroup(pid);
      const error = spawnerEnded();
      tellFailed(error);
      for (const output of outputs) if (output.pending) output.destroy(error);
    }
    this.#attendants.clear();
  }
}

/** A connection that cannot be made, or breaks before a program has it, fails as the spawner's end does, which is what it mostly is. */
class Output extends Socket {
  override _destroy(error: NodeJS.ErrnoException | null, callback: (error?: Error | null) => void): void {
    super._destroy(error?.syscall === undefined ? error : spawnerEnded(error), callback);
  }
}

/** What ends it is the system, when memory is short. */
function spawnerEnded(cause?: Error): AppError {
  return new AppError('overloaded', 'The process that starts programs was ended.', {
    cause,
    hint: 'Try again in a moment.',
  });
}

function connect(outputs: readonly Socket[], path: string, id: number): void {
  OUTPUTS.forEach((descriptor, order) => {
    const output = outputs[order]!;
    // Whoever has closed it already has also had the program killed.
    if (!output.destroyed) output.connect(path).write(connectionHeader(id, descriptor));
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended already.
  }
}
