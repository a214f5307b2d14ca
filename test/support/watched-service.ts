import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/videre.mjs', import.meta.url));
const probe = new URL('service-probe.mjs', import.meta.url).href;

/** How late timers of the server's main thread were. */
export interface LoopDelay {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

export interface WatchedService {
  url: string;
  pid: number;
  /** From its start until it listened. */
  startMs: number;
  /** Measures the event loop from here on. */
  resetLoop(): void;
  readLoop(): Promise<LoopDelay>;
  /** @returns the exit code; null when it did not end by itself. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** `videre serve` as people start it, in a process of its own that tells how late its event loop is. */
export async function serveWatched(
  flags: readonly string[],
  log: number | 'ignore' = 'ignore',
): Promise<WatchedService> {
  const start = performance.now();
  const command = ['--import', probe, program, 'serve', '--port', '0', '--json', ...flags];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', log, 'ipc'] });
  const line = await firstLine(child);
  const { url } = JSON.parse(line) as { url?: string };
  if (url === undefined) throw new Error(`videre serve does not listen: ${line}`);
  const startMs = performance.now() - start;
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return child.exitCode;
  };
  return {
    url,
    pid: child.pid!,
    startMs,
    resetLoop: () => void child.send('loop-reset'),
    readLoop: async () => {
      child.send('loop-read');
      const [delay] = (await once(child, 'message')) as [LoopDelay];
      return delay;
    },
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  throw new Error('videre serve ended before it listened.');
}
