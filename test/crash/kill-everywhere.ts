import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditFolder } from './audit-folder.js';
import { buildService } from './build-service.js';
import { checkService } from './check-service.js';
import { DrivenService } from './driven-service.js';
import { type Entry, Ledger } from './ledger.js';
import { settle, upload } from './operations.js';

/** What changes a disk, and what makes it last. */
const CALLS = (
  'write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,ftruncate,fallocate,' +
  'rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,copy_file_range'
).split(',');
/** With one thread for files beside that of the database, each makes its calls in the same order every time. */
const ONE_THREAD = ['env', 'UV_THREADPOOL_SIZE=1'];
const DRAIN_MS = 60_000;
const SAVED_MS = 3000;
const PAUSE_MS = 10;

/** `database`: the main thread, from its first call. `files`: the thread that reads and writes files, once it serves. */
type Thread = 'database' | 'files';

interface Calls {
  thread: Thread;
  /** Name of the system call. */
  call: string;
  count: number;
}

/** Just before the n-th call of a kind that a thread makes. */
interface Instant extends Omit<Calls, 'count'> {
  ordinal: number;
}

/** Nothing else kills at a system call. */
export function hasStrace(): boolean {
  return spawnSync('strace', ['-V']).error === undefined;
}

export interface ExhaustiveReport {
  /** All there are, the slice or not. */
  instants: number;
  /** Those that were looked at and reached. */
  kills: number;
  violations: string[];
}

/**
 * Kills a service before every call by which it changes the disk: a start on an empty folder (so within every
 * migration), one small ingest, a save of the index, an end in peace. After each, the next start must find what was
 * acknowledged, and leave nothing over.
 * @param bounds a slice of the instants, from 1, both included
 * @param signal ends it after the instant that is looked at
 */
export async function killEverywhere(
  { from, to }: { from: number; to: number },
  onCounts: (counts: readonly Calls[]) => void,
  onKill: (kills: number, violations: readonly string[]) => void,
  signal: AbortSignal,
): Promise<ExhaustiveReport> {
  const main = await buildService();
  const counts = [...(await countCalls(main, 'database')), ...(await countCalls(main, 'files'))];
  // The rarest first: whoever looks at a slice has seen most kinds.
  counts.sort((left, right) => left.count - right.count);
  onCounts(counts);
  const instants = counts.flatMap(({ count, ...call }) =>
    Array.from({ length: count }, (_, index): Instant => ({ ...call, ordinal: index + 1 })),
  );
  const violations: string[] = [];
  let kills = 0;
  for (const instant of instants.slice(from - 1, to)) {
    if (signal.aborted) break;
    const { isReached, wrong } = await killAt(main, instant);
    if (isReached) kills++;
    violations.push(...wrong.map((line) => `${instant.thread}: ${instant.call} ${instant.ordinal}: ${line}`));
    onKill(kills, violations);
  }
  return { instants: instants.length, kills, violations };
}

/** How often the thread makes each call that concerns the folder at all, in a life that nobody ends. */
async function countCalls(main: string, thread: Thread): Promise<Calls[]> {
  return inFolder(async (folder) => {
    const trace = join(folder, 'trace');
    const options = ['-qq', '-y', '-e', `trace=${CALLS}`, '-e', 'signal=none', '-o', trace];
    await liveTraced(main, folder, thread, options, new Ledger().add('a', 'red'));
    const lines = (await readFile(trace, 'utf8')).split('\n');
    const called = lines.flatMap((line) => /^(\w+)\(/.exec(line)?.[1] ?? []);
    const concerning = lines
      .filter((line) => line.includes(folder))
      .flatMap((line) => /^(\w+)\(/.exec(line)?.[1] ?? []);
    return CALLS.filter((call) => concerning.includes(call)).map((call) => ({
      thread,
      call,
      count: called.filter((other) => other === call).length,
    }));
  });
}

async function killAt(
  main: string,
  { thread, call, ordinal }: Instant,
): Promise<{ isReached: boolean; wrong: string[] }> {
  return inFolder(async (folder) => {
    const ledger = new Ledger();
    const inject = `inject=${call}:signal=SIGKILL:when=${ordinal}`;
    const options = ['-qq', '-e', `trace=${call}`, '-e', 'signal=none', '-e', inject, '-o', '/dev/null'];
    const isReached = !(await liveTraced(main, folder, thread, options, ledger.add('a', 'red')));
    const next = await DrivenService.start(main, folders(folder));
    const wrong = await checkService(next.url, ledger);
    const exitCode = await next.drain(DRAIN_MS);
    if (exitCode !== 0) wrong.push(`told to go, the next life ended with ${exitCode}`);
    if (next.stderr !== '') wrong.push(next.stderr);
    wrong.push(...(await auditFolder(join(folder, 'data'), true)));
    return { isReached, wrong };
  });
}

/**
 * One life under strace, however it ends: an upload that becomes ready, a saved index, SIGTERM.
 * @returns whether it ended in peace.
 */
async function liveTraced(
  main: string,
  folder: string,
  thread: Thread,
  options: readonly string[],
  entry: Entry,
): Promise<boolean> {
  let service: DrivenService;
  const isMain = thread === 'database';
  try {
    // Without -f, strace follows the first thread and no other.
    const before = isMain ? [...ONE_THREAD, 'strace', ...options] : ONE_THREAD;
    service = await DrivenService.start(main, folders(folder), before);
  } catch {
    return false;
  }
  const tracer = isMain ? undefined : await attach(service.fileThreadId, options);
  try {
    await upload(service.url, entry);
    while (entry.state === 'accepted') {
      await settle(service.url, entry);
      await pause();
    }
    const deadline = Date.now() + SAVED_MS;
    while (!(await isIndexSaved(join(folder, 'data'))) && Date.now() < deadline) await pause();
  } catch (error) {
    // A connection that the kill cut off says nothing.
    if (!(error instanceof TypeError)) throw error;
    await service.gone();
  }
  const exitCode = await service.drain(DRAIN_MS);
  await tracer?.stop();
  return exitCode === 0;
}

async function attach(threadId: number, options: readonly string[]): Promise<{ stop(): Promise<void> }> {
  const tracer = spawn('strace', [...options, '-p', String(threadId)], { stdio: 'ignore' });
  const ended = once(tracer, 'exit');
  const isTraced = async () =>
    /TracerPid:\t[1-9]/.test(await readFile(`/proc/${threadId}/status`, 'utf8').catch(() => ''));
  while (tracer.exitCode === null && !(await isTraced())) await pause();
  return {
    stop: async () => {
      tracer.kill('SIGTERM');
      await ended;
    },
  };
}

async function isIndexSaved(dataFolder: string): Promise<boolean> {
  return (await readdir(dataFolder)).some((name) => name.endsWith('.hnsw'));
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'videre-kill-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function folders(folder: string): [string, string] {
  return [join(folder, 'data'), join(folder, 'backups')];
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
