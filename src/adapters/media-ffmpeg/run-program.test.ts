import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { type ProgramRequest, startProgram } from './run-program.js';

const shell = (script: string, rest: Partial<ProgramRequest> = {}) =>
  startProgram({ program: 'sh', args: ['-c', script], timeLimitMs: 10_000, ...rest });

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Whether a process of this id runs; a zombie does not. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
}

/** A program that starts a child of its own, says both ids, and hangs. */
const HANGING = 'sleep 60 & echo $$ $!; wait';

async function idsOf(stream: AsyncIterable<Buffer>): Promise<number[]> {
  for await (const chunk of stream) return chunk.toString().trim().split(' ').map(Number);
  return [];
}

describe('startProgram', () => {
  // The first one waits for the spawner, which is no part of the times below.
  beforeAll(() => shell('true').finished());

  it('hands out all three streams and the exit code', async () => {
    const program = shell('cat; echo side >&3; echo complaint >&2; exit 3', { input: 'fed' });
    expect(await text(program.stdout)).toBe('fed');
    expect(await text(program.sideChannel)).toBe('side\n');
    expect(await program.finished()).toBe(3);
    expect(program.stderr()).toBe('complaint\n');
  });

  it('passes arguments on untouched, without a shell', async () => {
    const args = ['-c', 'printf "%s|" "$@"', 'sh', '$(id)', '; ls', "a'b", '-y', 'new\nline'];
    const program = startProgram({ program: 'sh', args, timeLimitMs: 10_000 });
    expect(await text(program.stdout)).toBe("$(id)|; ls|a'b|-y|new\nline|");
  });

  it('does not show our secrets to the program', async () => {
    process.env.VIDERE_TEST_SECRET = 'secret';
    expect(await text(shell('env').stdout)).not.toContain('secret');
    delete process.env.VIDERE_TEST_SECRET;
  });

  it('kills a program that takes too long, and the programs it started', async () => {
    const program = shell(HANGING, { timeLimitMs: 300 });
    const ids = await idsOf(program.stdout);
    await expect(program.finished()).rejects.toMatchObject({ code: 'timed-out' });
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(await isRunning(id)).toBe(false);
  });

  it('does not count the time its clock is paused', async () => {
    const program = shell('sleep 0.4; echo done', { timeLimitMs: 200 });
    program.clock.pause();
    expect(await text(program.stdout)).toBe('done\n');
    expect(await program.finished()).toBe(0);
  });

  it('says so when somebody else kills a program', async () => {
    const program = shell('kill -9 $$');
    await expect(program.finished()).rejects.toMatchObject({ code: 'overloaded', retryable: true });
  });

  it('stops when the caller cancels', async () => {
    const controller = new AbortController();
    const program = shell(HANGING, { signal: controller.signal });
    const ids = await idsOf(program.stdout);
    controller.abort();
    await expect(program.finished()).rejects.toMatchObject({ code: 'cancelled' });
    for (const id of ids) expect(await isRunning(id)).toBe(false);
    expect(() => shell('true', { signal: controller.signal })).toThrow(/cancelled/);
  });

  it('stops a program whose output nobody reads', async () => {
    const program = shell('echo $$; exec yes');
    const [id] = await idsOf(program.stdout);
    await program.stop();
    expect(await isRunning(id!)).toBe(false);
  });

  it('holds a program up while its output is not read', async () => {
    const program = shell('head -c 50000000 /dev/zero; echo finished >&3');
    let isFinished = false;
    program.sideChannel.on('data', () => {
      isFinished = true;
    });
    await sleep(300);
    expect(isFinished).toBe(false);
    expect(await text(program.stdout)).toHaveLength(50_000_000);
    await program.finished();
    expect(isFinished).toBe(true);
  });

  it('gives a program, and what it starts, no more memory than its limit', async () => {
    // dd takes a buffer of 100 MB.
    const script = "sh -c 'dd if=/dev/zero bs=100000000 count=1 | wc -c'";
    expect(await text(shell(script).stdout)).toBe('100000000\n');
    const boxed = shell(script, { memoryBytes: 50 * 2 ** 20 });
    expect(await text(boxed.stdout)).toBe('0\n');
    await boxed.finished();
    expect(boxed.stderr()).toMatch(/memory/);
  });

  it('lets a program write into no file, open few, and leave no image of its memory', async () => {
    const path = join(await temporaryFolder(), 'written');
    const program = shell(`(echo secret > ${path}); ulimit -n; ulimit -c`);
    expect(await text(program.stdout)).toBe('64\n0\n');
    expect(await readFile(path, 'utf8')).toBe('');
  });

  it('says how to install a program that is missing', async () => {
    const program = startProgram({ program: '/nowhere/ffmpeg', args: [], timeLimitMs: 1000 });
    await expect(program.finished()).rejects.toMatchObject({
      code: 'missing-dependency',
      hint: expect.stringContaining('apt-get install -y ffmpeg'),
    });
  });
});
