import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** One life of the service. */
export class DrivenService {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #stderr = '';

  private constructor(url: string, child: ChildProcess, ended: Promise<unknown>) {
    this.url = url;
    this.#child = child;
    this.#ended = ended;
  }

  /**
   * @param main as `buildService` gives it
   * @param before a program to run it under, e.g. strace
   * @throws when it ends before it serves.
   */
  static async start(
    main: string,
    dataFolder: string,
    before: readonly string[] = [],
  ): Promise<DrivenService> {
    const [program, ...args] = [...before, process.execPath, main, dataFolder];
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
    const service = new DrivenService(JSON.parse(line[0] as string).url, child, ended);
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
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
