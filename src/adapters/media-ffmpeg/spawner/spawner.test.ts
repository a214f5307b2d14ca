import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../../test/support/temporary-folder.js';
import { loaderFor } from '../../worker-thread/typescript-loader.js';
import { Spawner } from './spawner.js';

/** Says the ids of the spawner, of itself and of a child of its own, and hangs. */
const HANGING = 'sleep 60 & echo $PPID $$ $!; wait';

const moduleUrl = new URL('./spawner.ts', import.meta.url);

async function firstNumbers(stream: AsyncIterable<Buffer>): Promise<number[]> {
  for await (const chunk of stream) return chunk.toString().trim().split(' ').map(Number);
  return [];
}

/** Gone, or nothing but an entry that waits for its parent to look. */
const untilGone = (pid: number) =>
  vi.waitFor(() => expect(existsSync(`/proc/${pid}/exe`)).toBe(false), { timeout: 5000 });

describe('Spawner', () => {
  const spawner = new Spawner();
  const start = (script: string) =>
    spawner.start({ program: 'sh', args: ['-c', script], env: { PATH: process.env.PATH }, givesWay: false });
  const started: number[] = [];
  afterAll(() => {
    for (const pid of started) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // As it should be.
      }
    }
  });

  it('starts many at once, each with its own outputs', async () => {
    const programs = Array.from({ length: 40 }, (_, number) => start(`echo ${number}; exit ${number}`));
    const said = await Promise.all(programs.map(({ stdout }) => text(stdout)));
    expect(said.map(Number)).toEqual(programs.map((_, number) => number));
    const ends = await Promise.all(programs.map(({ ended }) => ended));
    expect(ends.map(({ exitCode }) => exitCode)).toEqual(said.map(Number));
  });

  it('ends what a program left running', async () => {
    const program = start('sleep 60 & echo $!');
    const [orphan] = await firstNumbers(program.stdout);
    expect(await program.ended).toMatchObject({ exitCode: 0, signal: null });
    await untilGone(orphan!);
  });

  it('kills a program that was told to stop before it began', async () => {
    const program = start('sleep 60');
    program.kill();
    expect(await program.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    await Promise.all([program.stdout, program.stderr].map((output) => text(output)));
  });

  it('when the spawner is killed, fails what it had started, kills it, and starts anew', async () => {
    const program = start(HANGING);
    const [spawnerPid, ...pids] = await firstNumbers(program.stdout);
    started.push(...pids);
    // The program may speak before the spawner says that it began; what comes after it is told after that.
    await start('true').ended;
    process.kill(spawnerPid!, 'SIGKILL');
    await expect(program.ended).rejects.toMatchObject({ code: 'overloaded' });
    for (const pid of pids) await untilGone(pid);
    expect(await text(start('echo again').stdout)).toBe('again\n');
  });

  it('when it is killed before it took a connection, fails what waits for it', async () => {
    const first = start(HANGING);
    const [spawnerPid, ...pids] = await firstNumbers(first.stdout);
    started.push(...pids);
    await start('true').ended;
    process.kill(spawnerPid!, 'SIGSTOP');
    const second = start('echo never');
    await once(second.stdout, 'ready');
    process.kill(spawnerPid!, 'SIGKILL');
    const outcomes = await Promise.allSettled([text(second.stdout), second.ended, first.ended]);
    const ended = { status: 'rejected', reason: { code: 'overloaded' } };
    expect(outcomes).toMatchObject([ended, ended, ended]);
  });

  it('is replaced when its folder was cleaned away', async () => {
    const folder = await temporaryFolder();
    vi.stubEnv('TMPDIR', folder);
    const other = new Spawner();
    const echo = () =>
      other.start({ program: 'echo', args: ['here'], env: { PATH: process.env.PATH }, givesWay: false });
    const first = echo();
    expect(await text(first.stdout)).toBe('here\n');
    expect(await first.ended).toMatchObject({ exitCode: 0 });
    for (const name of readdirSync(folder)) rmSync(`${folder}/${name}`, { recursive: true });
    const second = echo();
    await expect(text(second.stdout)).rejects.toMatchObject({ code: 'overloaded' });
    await expect(second.ended).rejects.toMatchObject({ code: 'overloaded' });
    expect(await text(echo().stdout)).toBe('here\n');
    vi.unstubAllEnvs();
  });

  it('ends at once when nobody asks any more by the time it has begun', async () => {
    const folder = await temporaryFolder();
    const processModule = new URL('./spawner-process.ts', import.meta.url);
    // Started without a channel, as it is when the one who started it ended meanwhile.
    const orphan = spawn(process.execPath, [...loaderFor(processModule), fileURLToPath(processModule)], {
      stdio: 'ignore',
      env: { ...process.env, TMPDIR: folder },
    });
    const [exitCode] = await once(orphan, 'exit');
    expect(exitCode).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('videre-programs-'))).toEqual([]);
  });

  it('leaves nothing when the process that asked is killed', async () => {
    const folder = await temporaryFolder();
    const script = `
      import { Spawner } from ${JSON.stringify(moduleUrl.href)};
      const program = { program: 'sh', args: ['-c', ${JSON.stringify(HANGING)}], env: process.env, givesWay: false };
      new Spawner().start(program).stdout.pipe(process.stdout);`;
    const asker = spawn(
      process.execPath,
      [...loaderFor(moduleUrl), '--input-type=module', '--eval', script],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: folder } },
    );
    const pids = await firstNumbers(asker.stdout!);
    started.push(...pids);
    expect(pids).toHaveLength(3);
    asker.kill('SIGKILL');
    for (const pid of pids) await untilGone(pid);
    expect(readdirSync(folder).filter((name) => name.startsWith('videre-programs-'))).toEqual([]);
  });
});
