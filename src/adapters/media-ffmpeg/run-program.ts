import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { AppError, toAppError } from '../../domain/errors.js';
import { boxedProgram, NOT_FOUND, NOT_RUNNABLE, PROBE_MEMORY_BYTES } from './boxed-program.js';
import { Spawner } from './spawner/spawner.js';
import { WorkClock } from './work-clock.js';

export interface ProgramRequest {
  /** A name looked up in PATH, or a path. */
  program: string;
  args: readonly string[];
  /** Time the program may take, pauses of `clock` not counted. */
  timeLimitMs: number;
  /** Memory it may take for itself; by default enough to look into a file. */
  memoryBytes?: number;
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
   * @throws AppError `missing-dependency`, `timed-out`, `cancelled`, `overloaded` when somebody else killed it.
   */
  finished(): Promise<number | null>;
  /** Kills it if it still runs, and waits until it is gone. */
  stop(): Promise<void>;
}

const STDERR_TAIL_LENGTH = 16 * 1024;

/** What the programs get of our environment: they need no secrets. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'];

const spawner = new Spawner();

/**
 * The one place where Videre has ffmpeg and ffprobe started: a process group of its own that is killed whole, a time limit,
 * a box for memory and files (`boxedProgram`), standard error kept for the error message. Reading slowly holds the program up (pipes).
 */
export function startProgram(request: ProgramRequest): RunningProgram {
  const { program, args, timeLimitMs, memoryBytes = PROBE_MEMORY_BYTES, signal } = request;
  if (signal?.aborted) throw cancelled(signal);
  const running = spawner.start({
    ...boxedProgram(program, args, memoryBytes),
    env: Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
    givesWay: programsGiveWay,
    ...(request.input === undefined ? {} : { input: request.input }),
  });

  let failure: AppError | undefined;
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    running.kill();
  };
  const fail = (error: AppError): void => {
    failure ??= error;
    stop();
  };
  const clock = new WorkClock(timeLimitMs, () => fail(timedOut(program, timeLimitMs)));
  const onAbort = (): void => fail(cancelled(signal));
  signal?.addEventListener('abort', onAbort, { once: true });

  let stderrTail = '';
  running.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL_LENGTH);
  });
  // It fails where the program does not start, and `ended` tells why.
  const stderrRead = once(running.stderr, 'close').catch(() => {});

  const gone = running.ended
    .catch((error: unknown) => {
      failure ??= startError(program, error);
      return { exitCode: null, signal: null };
    })
    .then(async ({ exitCode, signal: endedBy }) => {
      await stderrRead;
      clock.stop();
      signal?.removeEventListener('abort', onAbort);
      if (exitCode === NOT_FOUND || exitCode === NOT_RUNNABLE)
        failure ??= notStarted(program, exitCode, stderrTail);
      if (endedBy === 'SIGKILL' && !isStopped) failure ??= killed(program);
      return exitCode;
    });

  return {
    stdout: running.stdout,
    sideChannel: running.sideChannel,
    clock,
    stderr: () => stderrTail,
    finished: async () => {
      const exitCode = await gone;
      if (failure !== undefined) throw failure;
      return exitCode;
    },
    stop: async () => {
      stop();
      // Unread output would keep the connections open.
      running.stdout.destroy();
      running.sideChannel.destroy();
      await gone;
    },
  };
}

let programsGiveWay = false;

/** For a server: decoding waits for the milliseconds that a question takes. From a command it is what somebody waits for. */
export function letProgramsGiveWay(): void {
  programsGiveWay = true;
}

function startError(program: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError('internal', `No program can be started for ${program}: ${toAppError(cause).message}.`, {
    cause,
  });
}

function notStarted(program: string, exitCode: number, stderr: string): AppError {
  if (exitCode === NOT_FOUND) {
    return new AppError('missing-dependency', `The program ${program} is not installed.`, {
      hint: 'Install it with: sudo apt-get install -y ffmpeg',
      details: { stderr },
    });
  }
  return new AppError('missing-dependency', `The program ${program} may not be run, or cannot be here.`, {
    hint: 'Check VIDERE_FFMPEG and VIDERE_FFPROBE, or install it with: sudo apt-get install -y ffmpeg',
    details: { stderr },
  });
}

/** No fault of the file: it can be read when there is memory for it. */
function killed(program: string): AppError {
  return new AppError('overloaded', `${program} was killed: the system does so when memory is short.`, {
    hint: 'Try again in a moment.',
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
