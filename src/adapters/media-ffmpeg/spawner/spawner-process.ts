import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import {
  HEADER_BYTES,
  OUTPUTS,
  readConnectionHeader,
  type SpawnerReport,
  type SpawnerRequest,
} from './messages.js';

/**
 * Entry of the process that starts programs for a larger one (`Spawner`). It starts one when it was asked to and has its
 * outputs; these are connections of the asker, so that what the program writes does not pass through here. When the
 * asker is gone, however that came about, so are its programs.
 */

type StartRequest = Extract<SpawnerRequest, { kind: 'start' }>;

interface Program {
  request?: StartRequest;
  /** By file descriptor. */
  outputs: Map<number, Socket>;
  child?: ChildProcess;
}

const programs = new Map<number, Program>();
/** Of the last program asked for; they count up. */
let lastId = 0;

/** Only we may enter it. */
const folder = mkdtempSync(join(tmpdir(), 'videre-programs-'));
const path = join(folder, 'socket');

const server = createServer(takeConnection).listen(path, () => report({ kind: 'listening', path }));

process.on('message', (request: SpawnerRequest) => {
  if (request.kind === 'kill') {
    kill(request.id);
    return;
  }
  lastId = request.id;
  programOf(request.id).request = request;
  startWhenComplete(request.id);
});
process.on('disconnect', leave);
// The asker may be gone before this line was reached, and nobody told anybody.
if (!process.connected) leave();
// What a terminal or a supervisor sends to all of us is for the asker to act upon.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

function leave(): void {
  for (const { child } of programs.values()) killGroup(child);
  server.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}

function report(message: SpawnerReport): void {
  if (process.connected) process.send?.(message);
}

function programOf(id: number): Program {
  const known = programs.get(id);
  if (known !== undefined) return known;
  const program: Program = { outputs: new Map() };
  programs.set(id, program);
  return program;
}

function takeConnection(socket: Socket): void {
  socket.on('error', () => {});
  const takeHeader = (): void => {
    const header: Buffer | null = socket.read(HEADER_BYTES);
    if (header === null) return;
    socket.off('readable', takeHeader);
    const { id, descriptor } = readConnectionHeader(header);
    const wasKilled = id <= lastId && !programs.has(id);
    if (wasKilled) {
      socket.destroy();
      return;
    }
    // It may come before the request, which takes another way.
    programOf(id).outputs.set(descriptor, socket);
    startWhenComplete(id);
  };
  socket.on('readable', takeHeader);
}

function startWhenComplete(id: number): void {
  const program = programOf(id);
  const { request, outputs } = program;
  if (request === undefined || outputs.size < OUTPUTS.length) return;
  const { input } = request;
  const child = spawn(request.program, request.args, {
    // A process group of its own, to be killed whole.
    detached: true,
    env: request.env,
    stdio: [input === undefined ? 'ignore' : 'pipe', ...OUTPUTS.map((descriptor) => outputs.get(descriptor))],
  });
  program.child = child;
  // The program has them now; here they would keep its readers waiting for more.
  for (const output of outputs.values()) output.destroy();
  child.once('error', (error: NodeJS.ErrnoException) => {
    programs.delete(id);
    report({ kind: 'failed', id, message: error.message, code: error.code });
  });
  if (child.pid === undefined) return;
  if (request.givesWay) giveWay(child.pid);
  if (input !== undefined) feed(child.stdin!, input);
  report({ kind: 'started', id, pid: child.pid });
  child.once('exit', (exitCode, signal) => {
    // What it started must not outlive it.
    killGroup(child);
    programs.delete(id);
    report({ kind: 'ended', id, exitCode, signal });
  });
}

function kill(id: number): void {
  const program = programs.get(id);
  if (program === undefined) return;
  if (program.child !== undefined) {
    killGroup(program.child);
    return;
  }
  // Not begun yet: some outputs are still to come.
  for (const output of program.outputs.values()) output.destroy();
  programs.delete(id);
  report({ kind: 'ended', id, exitCode: null, signal: 'SIGKILL' });
}

function killGroup(child: ChildProcess | undefined): void {
  try {
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All of it ended already.
  }
}

function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It ended already.
  }
}

/** A program that stops reading early is no fault of ours. */
function feed(stdin: Writable, input: string): void {
  stdin.on('error', () => {});
  stdin.end(input);
}
