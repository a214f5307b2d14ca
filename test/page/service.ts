import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** `videre serve` as people start it, on any free port. */
export class Service {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  static async start(dataFolder: string, ...flags: string[]): Promise<Service> {
    const child = spawn(
      process.execPath,
      ['bin/videre.mjs', 'serve', '--data', dataFolder, '--port', '0', '--json', ...flags],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines = createInterface(child.stdout);
    const exited = once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`videre serve ended: ${code}`)),
    );
    // Only the start waits for it; later ends are wanted.
    exited.catch(() => undefined);
    const [line] = (await Promise.race([once(lines, 'line'), exited])) as [string];
    return new Service(new URL(JSON.parse(line).url).href, child);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill('SIGTERM');
    await once(this.#process, 'exit');
  }
}
