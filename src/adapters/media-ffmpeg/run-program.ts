import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { AppError } from '../../domain/errors.js';
import { WorkClock } from './work-clock.js';

export interface ProgramRequest {
  /** A name looked up in PATH, or a path. */
  program: string;
  args: readonly string[];
  /** Time the program may take, pauses of `clock` not counted. */
  timeLimitMs: number;
  /** Written to standard input, which is empty otherwise. */
  input?: string;
  signal?: AbortSignal | undefined;
}

export interface RunningProgram {
  stdout: Readable;
  /** File descriptor 3 of the program. */
  sideChannel: Readable;
  clock: WorkClock;
  /** The last 16 KiB of standard error so far. */
  stderr(): string;
  /**
   * Waits for the end.
   * @returns the exit code; null when it was stopped.
   * @throws AppError `missing-dependency`, `timed-out`, `cancelled`.
   */
  finished(): Promise<number | null>;
  /** Kills it if it still runs, and waits until it is gone. */
  stop(): Promise<void>;
}

const STDERR_TAIL_LENGTH = 16 * 1024;

/** What the programs get of our environment: they need no secrets. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'];

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) killGroup(child);
});

/**
 * The one place where Videre starts ffmpeg and ffprobe: no shell, a process group of its own that is killed whole,
 * a time limit, standard error kept for the error message. Reading slowly holds the program up (pipes).
 */
export function startProgram(request: ProgramRequest): RunningProgram {
  const { program, args, timeLimitMs, input, signal } = request;
  if (signal?.aborted) throw cancelled(signal);
  const child = spawn(program, args, {
    detached: true,
    env: Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  if (programsGiveWay) giveWay(child);

  let failure: AppError | undefined;
  const fail = (error: AppError): void => {
    failure ??= error;
    killGroup(child);
  };
  const clock = new WorkClock(timeLimitMs, () => fail(timedOut(program, timeLimitMs)));
  const onAbort = (): void => fail(cancelled(signal));
  signal?.addEventListener('abort', onAbort, { once: true });

  let stderrTail = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL_LENGTH);
  });
  if (input !== undefined) feed(child.stdin!, input);

  child.on('error', (error) => fail(startError(program, error)));
  const closed = once(child, 'close').catch(() => {
    // `once` rejects on 'error', which is handled above; a program that did not start never closes.
  });
  const gone = closed.then(() => {
    running.delete(child);
    clock.pause();
    signal?.removeEventListener('abort', onAbort);
  });

  return {
    stdout: child.stdout!,
    sideChannel: child.stdio[3] as Readable,
    clock,
    stderr: () => stderrTail,
    finished: async () => {
      await gone;
      if (failure !== undefined) throw failure;
      return child.exitCode;
    },
    stop: async () => {
      killGroup(child);
      // Unread output would keep the pipes, and so the process, open.
      child.stdout!.destroy();
      (child.stdio[3] as Readable).destroy();
      await gone;
    },
  };
}

let programsGiveWay = false;

/** For a server: decoding waits for the milliseconds that a question takes. From a command it is what somebody waits for. */
export function letProgramsGiveWay(): void {
  programsGiveWay = true;
}

function giveWay({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It ended already.
  }
}

/** A program that stops reading early is no fault of ours. */
function feed(stdin: Writable, input: string): void {
  stdin.on('error', () => {});
  stdin.end(input);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}

function startError(program: string, cause: Error): AppError {
  if ('code' in cause && cause.code === 'ENOENT') {
    return new AppError('missing-dependency', `The program ${program} is not installed.`, {
      cause,
      hint: 'Install it with: sudo apt-get install -y ffmpeg',
    });
  }
  return new AppError('missing-dependency', `The program ${program} cannot be started: ${cause.message}.`, {
    cause,
    hint: 'Check VIDERE_FFMPEG and VIDERE_FFPROBE, or install it with: sudo apt-get install -y ffmpeg',
  });
}

function timedOut(program: string, timeLimitMs: number): AppError {
  return new AppError(
    'timed-out',
    `${program} was stopped after ${timeLimitMs / 1000} s, its limit for this file.`,
  );
}

function cancelled(signal: AbortSignal | undefined): AppError {
  return new AppError('cancelled', 'Reading the video was cancelled.', { cause: signal?.reason });
}
