import { runCommand } from 'citty';
import { vi } from 'vitest';
import { videreCommand } from '../../src/cli/videre-command.js';

/**
 * Runs the command line in the process of the test: a hundred times faster to start than one of its own.
 * @returns what it printed on standard output, and the exit code that it left
 * @throws what the command throws
 */
export async function runHere(...rawArgs: string[]): Promise<{ stdout: string; exitCode: number }> {
  const chunks: string[] = [];
  const { exitCode: before } = process;
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => chunks.push(String(chunk)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    await runCommand(videreCommand, { rawArgs });
    return { stdout: chunks.join(''), exitCode: Number(process.exitCode ?? 0) };
  } finally {
    vi.restoreAllMocks();
    process.exitCode = before;
  }
}
