import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/videre.mjs', import.meta.url));
/** Below those that connections going out get, so that a server finds its port free when it is started again. */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_000];

export interface RoleOptions {
  role: 'api' | 'encoder';
  port: number;
  dataFolder: string;
  environment: Readonly<Record<string, string>>;
}

/** `videre serve` in one role, as people start it, that is killed and started again at the same address. */
export class RoleProcess {
  readonly url: string;
  readonly name: string;
  readonly #options: RoleOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #said = '';

  constructor(options: RoleOptions) {
    this.#options = options;
    this.url = `http://127.0.0.1:${options.port}`;
    this.name = `${options.role} at ${options.port}`;
  }

  /** Whether it runs as far as its owner wants it to: one that ended by itself does not count as killed. */
  get isMissing(): boolean {
    return this.#child !== undefined && (this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  /** What it complained about since it was started last. */
  get said(): string {
    return this.#said;
  }

  /** @throws Error when it ends before it listens. */
  async start(): Promise<void> {
    const { role, port, dataFolder, environment } = this.#options;
    const args = ['serve', '--role', role, '--port', String(port), '--data', dataFolder, '--json'];
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#ended = once(child, 'exit');
    this.#said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString();
    });
    const listens = once(createInterface(child.stdout), 'line');
    const line = await Promise.race([listens, this.#ended.then(() => undefined)]);
    if (line === undefined) throw new Error(`${this.name} did not start: ${this.#said}`);
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#child?.kill(signal);
    await this.#ended;
    this.#child = undefined;
  }
}

/** @param random from 0 to 1 */
export async function freePorts(count: number, random: () => number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = FIRST_PORT + Math.floor(random() * (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
