import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/videre.mjs', import.meta.url));

export interface RunningService {
  url: string;
  /** Until it listened. */
  startMs: number;
  stop(): Promise<void>;
}

/** `videre serve` as people start it, in a process of its own, on a port that is free. */
export async function serve(flags: readonly string[]): Promise<RunningService> {
  const start = performance.now();
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { url } = JSON.parse(await firstLine(child)) as { url: string };
  return {
    url,
    startMs: performance.now() - start,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  throw new Error('videre serve ended before it listened.');
}
