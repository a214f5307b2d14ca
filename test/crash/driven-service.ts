import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** One life of the service. */
export class DrivenService {
  readonly url: string;
  /** Its own, whatever it runs under. */
  readonly pid: number;
  /** Of one of the threads that libuv has files read and written by. */
  readonly fileThreadId: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #stderr = '';

  private constructor(
    told: Pick<DrivenService, 'url' | 'pid' | 'fileThreadId'>,
    child: ChildProcess,
    ended: Promise<unknown>,
  ) {
    this.url = told.url;
    this.pid = told.pid;
    this.fileThreadId = told.fileThreadId;
    this.#child = child;
    this.#ended = ended;
  }

  /**
   * @param main as `buildService` gives it
   * @param folders of the library, and of its backups
   * @param before a program to run it under, e.g. strace
   * @throws when it ends before it serves.
   */
  static async start(
    main: string,
    folders: readonly [string, string],
    before: readonly string[] = [],
  ): Promise<DrivenService> {
    const [program, ...args] = [...before, process.execPath, main, ...folders];
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const line = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      ended.then(() => undefined),
    ]);
    if (line === undefined) throw new Error(`The service did not start: ${stderr}`);
    const service = new DrivenService(JSON.parse(line[0] as string), child, ended);
    service.#stderr = stderr;
    child.stderr.on('data', (chunk: Buffer) => {
      service.#stderr += chunk.toString();
    });
    return service;
  }

  /** What it complained about. */
  get stderr(): string {
    return this.#stderr;
  }

  async kill(): Promise<void> {
    send(this.pid, 'SIGKILL');
    await this.#ended;
  }

  /** Done when it is gone, however that came. */
  async gone(): Promise<void> {
    await this.#ended;
  }

  /** Tells it to go. @returns its exit status; null when it had to be killed, for it did not go. */
  async drain(deadlineMs: number): Promise<number | null> {
    send(this.pid, 'SIGTERM');
    const deadline = setTimeout(() => send(this.pid, 'SIGKILL'), deadlineMs);
    await this.#ended;
    clearTimeout(deadline);
    return this.#child.exitCode;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
