import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A server in a process of its own, as a user starts it, that says where it listens; `ended` is its exit code. */
export async function serveVidere(
  ...args: string[]
): Promise<{ child: ChildProcess; url: string; ended: Promise<number | null> }> {
  const program = join(root, 'bin', 'videre.mjs');
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--json', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = once(child, 'close').then(([exitCode]) => exitCode as number | null);
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, url: JSON.parse(line).url, ended };
}
