import { spawn, spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const clips = join(root, 'models', 'playground', 'test', 'videos');
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line as a user does, in a process of its own; an object adds to its environment. */
function videre(...given: (string | Record<string, string>)[]): Promise<Finished> {
  const args = given.filter((argument) => typeof argument === 'string');
  const env = Object.assign({ ...process.env }, ...given.filter((argument) => typeof argument === 'object'));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'bin', 'videre.mjs'), ...args], { cwd: root, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

interface IngestJson {
  files: { path: string; status: string; error?: { code: string; message: string } }[];
}

function ffmpeg(...args: string[]): void {
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

async function badFiles(folder: string): Promise<string[]> {
  const path = (name: string) => join(folder, name);
  await mkdir(folder);
  await writeFile(path('text.mp4'), 'Dear diary, this is no video.\n'.repeat(100));
  await writeFile(path('empty.mp4'), '');
  ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', path('audio.mp4'));
  ffmpeg(
    '-f',
    'lavfi',
    '-i',
    'testsrc2=duration=4:rate=10:size=160x120',
    '-movflags',
    '+faststart',
    path('cut.mp4'),
  );
  await truncate(path('cut.mp4'), Math.floor((await readFile(path('cut.mp4'))).length / 2));
  return ['missing.mp4', 'text.mp4', 'empty.mp4', 'audio.mp4', 'cut.mp4'].map(path);
}

describe.skipIf(!hasFfmpeg)(`videre${hasFfmpeg ? '' : ' (skipped: no ffmpeg here)'}`, () => {
  it('ingests what it can, refuses the rest by name and reason, and keeps what was there', async () => {
    const folder = await temporaryFolder();
    const library = ['--data', join(folder, 'library')];
    const first = await videre('ingest', join(clips, 'video3.mp4'), ...library);
    expect(first).toMatchObject({ exitCode: 0 });
    const before = await videre('search', 'shield circling around crescent moon', ...library, '--json');
    expect(JSON.parse(before.stdout).results).toMatchObject([{ title: 'video3' }]);

    const bad = await badFiles(join(folder, 'bad'));
    const refused = await videre('ingest', ...bad, ...library, '--json');
    const { files } = JSON.parse(refused.stdout) as IngestJson;
    expect(files.map(({ status, error }) => [status, error?.code])).toEqual([
      ['refused', 'file-not-found'],
      ['refused', 'unsupported-media'],
      ['refused', 'unsupported-media'],
      ['refused', 'unsupported-media'],
      ['refused', 'truncated-media'],
    ]);
    for (const [position, { error }] of files.entries()) expect(error!.message).toContain(bad[position]!);
    expect(refused.exitCode).toBe(66);
    expect(refused.stderr).not.toMatch(/\n\s+at /);

    const after = await videre('search', 'shield circling around crescent moon', ...library, '--json');
    expect(after.stdout).toBe(before.stdout);
  });

  it('takes a video of one frame, and knows a file again under another name', async () => {
    const folder = await temporaryFolder();
    const library = ['--data', join(folder, 'library')];
    const single = join(folder, 'single.mp4');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=duration=1:rate=1:size=160x120', '-frames:v', '1', single);
    expect(await videre('ingest', single, ...library)).toMatchObject({ exitCode: 0 });
    await copyFile(single, join(folder, 'copy.mp4'));
    const again = await videre('ingest', join(folder, 'copy.mp4'), ...library, '--json');
    expect((JSON.parse(again.stdout) as IngestJson).files).toMatchObject([{ status: 'known' }]);
  });

  it('says in one sentence what is wrong with a command', async () => {
    const library = ['--data', join(await temporaryFolder(), 'library')];
    const wrong = await videre('search', 'a cat', '--limit', 'many', ...library);
    expect(wrong).toMatchObject({ exitCode: 64, stdout: '' });
    expect(wrong.stderr).toContain('--limit takes a whole number, not "many".');
    const unknown = await videre('search', 'a cat', '--limitt', '3', ...library);
    expect(unknown.exitCode).toBe(64);
    expect(unknown.stderr).toContain('limitt');
    const empty = await videre('ingest', '', ...library);
    expect(empty.exitCode).toBe(64);
    const noBundle = await videre('search', 'a cat', '--bundle', join(root, 'nowhere'), ...library);
    expect(noBundle.exitCode).toBe(66);
  });

  it.each([
    ['VIDERE_SCAN', 'bogus'],
    ['VIDERE_THREADS', '0'],
  ])('answers a wrong %s with one sentence, though a worker thread found it', async (name, value) => {
    const library = ['--data', join(await temporaryFolder(), 'library')];
    const wrong = await videre('ingest', join(clips, 'video3.mp4'), ...library, { [name]: value });
    expect(wrong.exitCode).toBe(64);
    expect(wrong.stderr).toContain(name);
    expect(wrong.stderr.trim().split('\n')).toHaveLength(1);
  });
});
