import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FfmpegMediaReader } from '../../../src/adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const reader = new FfmpegMediaReader();

/** Has ffmpeg make a file of a source that it generates. */
async function made(name: string, source: string, options: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  const args = ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', source, ...options.split(' '), path];
  execFileSync('ffmpeg', args);
  return path;
}

it('reads ten hours in memory that does not grow with them', async () => {
  const path = await made('long.mp4', 'testsrc2=s=64x48:r=2:d=36000', '-c:v libx264 -preset ultrafast -g 20');
  const before = process.memoryUsage.rss();
  const info = await reader.probe(path);
  expect(info.durationSeconds).toBeCloseTo(36_000, 0);
  expect(info.frameTimes).toHaveLength(72_000);
  let seen = 0;
  for await (const _ of reader.survey(path, info)) seen++;
  expect(seen).toBe(72_000);
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20);
}, 300_000);

it('refuses a picture of 16,384 x 16,384 by its header', async () => {
  const path = await made('small.apng', 'color=s=16x16:r=5:d=0.4', '-c:v apng -f apng');
  const bytes = await readFile(path);
  const header = bytes.indexOf('IHDR');
  bytes.writeUInt32BE(16_384, header + 4);
  bytes.writeUInt32BE(16_384, header + 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(header, header + 17)), header + 17);
  await writeFile(path, bytes);
  await expect(reader.probe(path)).rejects.toMatchObject({
    code: 'media-limit',
    message: expect.stringContaining('16384 x 16384'),
  });
});

it('tells the times of a million frames a second', async () => {
  const source = 'testsrc2=s=64x48:r=1000000:d=0.0002';
  const path = await made(
    'fast.mp4',
    source,
    '-c:v libx264 -preset ultrafast -video_track_timescale 1000000',
  );
  const info = await reader.probe(path);
  expect(info.frameTimes.length).toBeGreaterThan(150);
  expect(info.durationSeconds).toBeCloseTo(0.0002, 5);
  const last = info.frameTimes.length - 1;
  const indices = [0, 7, last];
  const read: number[] = [];
  for await (const { index } of reader.frames(path, info, indices)) read.push(index);
  expect(read).toEqual(indices);
});

describe('a decoder that misbehaves', () => {
  /** Runs as ffmpeg and ffprobe. */
  async function fake(script: string) {
    const program = join(await temporaryFolder(), 'ffprobe');
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    const video = join(await temporaryFolder(), 'a.mp4');
    await writeFile(video, 'x');
    return { video, reader: new FfmpegMediaReader({ ffmpeg: program, ffprobe: program }) };
  }

  it('and hangs with children of its own is killed whole', async () => {
    const { video, reader } = await fake("sh -c 'sleep 600 & sleep 601 & wait' & wait");
    const sleeping = () => spawnSync('pgrep', ['-f', 'sleep 60[01]']).stdout.toString().trim().split('\n');
    const controller = new AbortController();
    const probing = reader.probe(video, controller.signal);
    while (sleeping().length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await expect(probing).rejects.toMatchObject({ code: 'cancelled' });
    expect(sleeping()).toEqual(['']);
  });

  it('and eats memory is stopped by its box', async () => {
    const { video, reader } = await fake('dd if=/dev/zero bs=1500M count=1 | tail -c 1');
    await expect(reader.probe(video)).rejects.toMatchObject({
      code: 'unsupported-media',
      details: { stderr: expect.stringContaining('memory exhausted') },
    });
  });

  it.each([
    ['writes without end', 'yes', 'media-limit'],
    ['says nothing', 'exit 0', 'unsupported-media'],
    ['ends itself', 'kill -SEGV $$', 'unsupported-media'],
    ['complains without end', 'yes error | head -c 50000000 >&2', 'unsupported-media'],
    ['tells nonsense', 'echo "{\\"streams\\":[{\\"index\\":-1e999}],\\"format\\":{}}"', 'unsupported-media'],
  ])('and %s is refused', async (_, script, code) => {
    const { video, reader } = await fake(script);
    await expect(reader.probe(video)).rejects.toMatchObject({ code });
  });
});

const isTraceable = spawnSync('strace', ['-V']).error === undefined;

it.skipIf(!isTraceable)(
  'opens no other file and no connection for a manifest (skipped without strace)',
  async () => {
    const folder = await temporaryFolder();
    const secret = join(folder, 'secret.mp4');
    await writeFile(secret, await readFile(await made('a.mp4', 'testsrc2=s=64x48:r=5:d=1', '-c:v libx264')));
    let asked = 0;
    const server = createServer((_, response) => response.end(`${asked++}`)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.mp4`;
    const videos = join(folder, 'videos');
    await mkdir(videos);
    for (const [order, target] of [secret, `file://${secret}`, '../secret.mp4', url].entries()) {
      const mpd = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>`;
      await writeFile(join(videos, `hls-${order}.mp4`), `#EXTM3U\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`);
      await writeFile(join(videos, `dash-${order}.mp4`), mpd);
      await writeFile(join(videos, `concat-${order}.mp4`), `ffconcat version 1.0\nfile '${target}'\n`);
    }
    const trace = join(folder, 'trace');
    const script = `
    const { FfmpegMediaReader } = await import(${JSON.stringify(readerModule)});
    const { readdirSync } = await import('node:fs');
    const reader = new FfmpegMediaReader();
    for (const name of readdirSync(${JSON.stringify(videos)})) {
      const error = await reader.probe(${JSON.stringify(`${videos}/`)} + name).catch((thrown) => thrown);
      console.log(name, error.code);
    }`;
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
    const calls = 'trace=execve,open,openat,socket,connect';
    const { stdout } = spawnSync('strace', ['-f', '-qq', '-s', '300', '-o', trace, '-e', calls, ...node]);
    const refused = stdout.toString().trim().split('\n');
    expect(refused).toHaveLength(12);
    for (const line of refused) expect(line).toMatch(/ unsupported-media$/);
    const lines = (await readFile(trace, 'utf8')).split('\n');
    expect(lines.filter((line) => /execve\(.*ffprobe/.test(line)).length).toBeGreaterThanOrEqual(12);
    expect(lines.filter((line) => /open(at)?\(/.test(line) && line.includes('secret'))).toEqual([]);
    expect(lines.filter((line) => /AF_INET/.test(line))).toEqual([]);
    expect(asked).toBe(0);
  },
  180_000,
);

const readerModule = fileURLToPath(
  new URL('../../../src/adapters/media-ffmpeg/ffmpeg-media-reader.ts', import.meta.url),
);
