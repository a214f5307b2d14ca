import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../domain/errors.js';
import { SURVEY_EDGE, type VideoFrame } from '../../ports/media-reader.js';
import { FfmpegMediaReader } from './ffmpeg-media-reader.js';
import { programsFromEnvironment } from './programs.js';

const programs = programsFromEnvironment();
const reader = new FfmpegMediaReader(programs);

function isFfmpegMissing(): boolean {
  try {
    execFileSync(programs.ffmpeg, ['-version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

let folder = '';
const file = (name: string): string => join(folder, name);

/** Makes a file with ffmpeg: `make('a.mp4', ['-f', 'lavfi', '-i', ...])`. */
function make(name: string, args: readonly string[]): string {
  execFileSync(programs.ffmpeg, ['-nostdin', '-v', 'error', '-y', ...args, `file:${file(name)}`]);
  return file(name);
}

/** 64 x 16 pixels; three blocks whose brightness tells the frame's number: ones, hundreds, ten thousands. */
const NUMBERED =
  "color=s=64x16:r=25,geq=lum='16+2*mod(floor(N/pow(100,floor(X/16))),100)':cb=128:cr=128,format=yuv420p";
const words = (text: string): string[] => text.split(' ');
const generated = (source: string): string[] => ['-f', 'lavfi', '-i', source];
const numbered = (frames: number): string[] => [...generated(NUMBERED), '-frames:v', String(frames)];
const X264 = words('-c:v libx264 -preset ultrafast -qp 4');

function numberShown({ pixels, width, height }: VideoFrame): number {
  const digits = (x: number): number => {
    const level = pixels[((height >> 1) * width + x) * 3]!;
    return Math.round((level * 219) / 255 / 2);
  };
  return digits(8) + 100 * digits(24) + 10_000 * digits(40);
}

async function framesOf(path: string, indices: readonly number[]): Promise<VideoFrame[]> {
  return all(reader.frames(path, await reader.probe(path), indices));
}

async function all(frames: AsyncIterable<VideoFrame>): Promise<VideoFrame[]> {
  const collected: VideoFrame[] = [];
  for await (const frame of frames) collected.push(frame);
  return collected;
}

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe.skipIf(isFfmpegMissing())('FfmpegMediaReader (skipped where ffmpeg is not installed)', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'videre-media-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds exact frames in a stream with B-frames', async () => {
    const path = make('plain.mp4', [...numbered(140), ...words('-c:v libx264 -bf 3 -qp 4')]);
    const info = await reader.probe(path);
    expect(info).toMatchObject({ codec: 'h264', width: 64, height: 16, rotationDegrees: 0, hasAudio: false });
    expect(info.durationSeconds).toBeCloseTo(5.6, 3);
    expect(Array.from(info.frameTimes)).toEqual(
      Array.from({ length: 140 }, (_, i) => expect.closeTo(i / 25, 4)),
    );
    const indices = [0, 1, 2, 17, 30, 31, 99, 100, 139];
    const frames = await framesOf(path, indices);
    expect(frames.map(({ index }) => index)).toEqual(indices);
    expect(frames.map(numberShown)).toEqual(indices);
    expect(frames.map(({ timeSeconds }) => timeSeconds)).toEqual(
      indices.map((index) => info.frameTimes[index]),
    );
  });

  it('tells the true times of a variable frame rate, from where the container starts', async () => {
    const setpts = 'settb=1/1000,setpts=40*(3+N+N*N/10)';
    const asTimed = ['-vf', setpts, ...words('-vsync passthrough -enc_time_base 1:1000')];
    const path = make('variable.mkv', [...numbered(30), ...asTimed, ...X264]);
    const { frameTimes } = await reader.probe(path);
    expect(Array.from(frameTimes)).toEqual(
      Array.from({ length: 30 }, (_, n) => expect.closeTo((n + (n * n) / 10) / 25, 2)),
    );
    const indices = [0, 3, 4, 5, 20, 29];
    expect((await framesOf(path, indices)).map(numberShown)).toEqual(indices);
  });

  it.each(['offset.ts', 'no-timestamps.avi', 'hidden-frames.webm', 'one.gif'])('reads %s', async (name) => {
    const codecs: Record<string, string[]> = {
      'offset.ts': X264,
      'no-timestamps.avi': words('-c:v mpeg4 -bf 2 -q:v 1'),
      'hidden-frames.webm': words('-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -crf 4 -b:v 4M'),
      'one.gif': [],
    };
    const path = make(name, [...numbered(name === 'one.gif' ? 1 : 60), ...codecs[name]!]);
    const { frameTimes } = await reader.probe(path);
    expect(frameTimes).toHaveLength(name === 'one.gif' ? 1 : 60);
    // An AVI's clock starts with the first stored frame, which B-frames may precede.
    expect(Math.abs(frameTimes[0]!)).toBeLessThan(0.05);
    const indices = frameTimes.length === 1 ? [0] : [0, 7, 8, 33, 59];
    expect((await framesOf(path, indices)).map(numberShown)).toEqual(indices);
  });

  it('surveys every frame at its own time, whatever the frame rate and the order of decoding', async () => {
    const setpts = 'settb=1/1000,setpts=40*(3+N+N*N/10)';
    const asTimed = ['-vf', setpts, ...words('-vsync passthrough -enc_time_base 1:1000')];
    const path = make('surveyed.mkv', [...numbered(30), ...asTimed, ...words('-c:v libx264 -bf 3 -qp 4')]);
    const info = await reader.probe(path);
    const seen: number[] = [];
    const levels: number[] = [];
    for await (const { timeSeconds, pixels } of reader.survey(path, info)) {
      expect(pixels).toHaveLength(SURVEY_EDGE * SURVEY_EDGE * 3);
      seen.push(timeSeconds);
      // Left part of the picture: brightness tells the frame's number.
      levels.push((pixels[(SURVEY_EDGE / 2) * SURVEY_EDGE * 3 + 9]! * 219) / 255 / 2);
    }
    expect(seen).toEqual(Array.from(info.frameTimes));
    // Conversion to RGB loses a little less than one step.
    levels.forEach((level, n) => {
      expect(Math.abs(level - n)).toBeLessThan(1);
    });
    expect(levels).toHaveLength(30);
  });

  it('takes more indices than fit on a command line', async () => {
    const path = make('long.mp4', [...numbered(9000), ...X264]);
    const indices = Array.from({ length: 3000 }, (_, i) => i * 3 + (i % 2));
    expect((await framesOf(path, indices)).map(numberShown)).toEqual(indices);
  });

  const corners = { red: [0, 0], green: [1, 0], blue: [0, 1], white: [1, 1] } as const;
  /** The display matrix and, row by row, which corner of the stored picture is shown where. */
  it.each([
    ['upright', [1, 0, 0, 1], ['red', 'green', 'blue', 'white']],
    ['turned by 90 degrees', [0, 1, -1, 0], ['blue', 'red', 'white', 'green']],
    ['turned by 180 degrees', [-1, 0, 0, -1], ['white', 'blue', 'green', 'red']],
    ['turned by 270 degrees', [0, -1, 1, 0], ['green', 'white', 'red', 'blue']],
    ['mirrored', [-1, 0, 0, 1], ['green', 'red', 'white', 'blue']],
    ['turned and mirrored', [0, 1, 1, 0], ['red', 'blue', 'green', 'white']],
  ] as const)('shows a video %s as a player does', async (name, matrix, shown) => {
    const boxes = Object.entries(corners)
      .map(([colour, [x, y]]) => `drawbox=x=${x * 32}:y=${y * 16}:w=32:h=16:c=${colour}:t=fill`)
      .join(',');
    const path = make(`${name}.mp4`, [...generated(`color=s=64x32:r=5:d=0.4,${boxes}`), ...X264]);
    setDisplayMatrix(path, matrix);
    const info = await reader.probe(path);
    const isSideways = matrix[0] === 0;
    expect([info.width, info.height]).toEqual(isSideways ? [32, 64] : [64, 32]);
    const [{ width, height, pixels } = expect.fail('no frame')] = await framesOf(path, [1]);
    expect([width, height]).toEqual([info.width, info.height]);
    const colourAt = (x: number, y: number): string => {
      const at = (Math.round(y * height) * width + Math.round(x * width)) * 3;
      const [red, green, blue] = Array.from(pixels.subarray(at, at + 3), (level) => level > 100);
      return red && green && blue ? 'white' : red ? 'red' : green ? 'green' : 'blue';
    };
    expect([colourAt(0.25, 0.25), colourAt(0.75, 0.25), colourAt(0.25, 0.75), colourAt(0.75, 0.75)]).toEqual(
      shown,
    );
  });

  it('hands on frames of no more than full HD, of the shape they have, however large they are stored', async () => {
    const path = make('4k.mp4', [
      ...generated('color=red:s=3840x2160,drawbox=w=1920:h=2160:c=blue:t=fill'),
      ...words('-frames:v 1'),
      ...X264,
    ]);
    setDisplayMatrix(path, [0, 1, -1, 0]);
    const info = await reader.probe(path);
    expect([info.width, info.height]).toEqual([2160, 3840]);
    const [{ width, height, pixels } = expect.fail('no frame')] = await framesOf(path, [0]);
    expect([width, height]).toEqual([1080, 1920]);
    expect(pixels).toHaveLength(width * height * 3);
    // Upper half blue, lower half red: nothing is cut away.
    expect([...pixels.subarray(0, 3)].indexOf(Math.max(...pixels.subarray(0, 3)))).toBe(2);
    expect([...pixels.subarray(-3)].indexOf(Math.max(...pixels.subarray(-3)))).toBe(0);
  });

  it('brings a stream that changes its size midway to one size', async () => {
    // Steps of brightness that survive scaling.
    const steps = (size: string): string[] => [
      ...generated(`color=s=${size}:r=25,geq=lum=16+20*N:cb=128:cr=128`),
      ...words('-frames:v 10'),
    ];
    const small = make('small.ts', [...steps('64x16'), ...X264]);
    const large = make('large.ts', [...steps('128x32'), ...words('-output_ts_offset 1'), ...X264]);
    writeFileSync(file('both.ts'), Buffer.concat([readFileSync(small), readFileSync(large)]));
    const info = await reader.probe(file('both.ts'));
    expect(info).toMatchObject({ width: 64, height: 16, frameTimes: { length: 20 } });
    const frames = await framesOf(file('both.ts'), [2, 9, 12, 19]);
    for (const { width, height, pixels } of frames) {
      expect([width, height, pixels.length]).toEqual([64, 16, 64 * 16 * 3]);
    }
    expect(frames.map(({ pixels }) => Math.round((pixels[0]! * 219) / 255 / 20))).toEqual([2, 9, 2, 9]);
  });

  it('shows 10 bit as 8 bit, and transparency over black', async () => {
    const grey = 'color=c=0x808080:s=16x16:r=5:d=0.4';
    const tenBit = make('10bit.mkv', [...generated(grey), ...words('-pix_fmt yuv420p10le -c:v ffv1')]);
    const toFullRange = words('-vf scale=out_range=full -pix_fmt yuvj420p -c:v mjpeg -q:v 1');
    const full = make('full.mkv', [...generated(grey), ...toFullRange]);
    const halfRed = 'color=c=0xff0000@0.5:s=16x16:r=5:d=0.4,format=rgba';
    const half = make('half.mkv', [...generated(halfRed), ...words('-c:v ffv1')]);
    for (const [path, colour] of [
      [tenBit, [128, 128, 128]],
      [full, [128, 128, 128]],
      [half, [128, 0, 0]],
    ] as const) {
      const [frame] = await framesOf(path, [0]);
      colour.forEach((level, channel) => {
        expect(Math.abs(frame!.pixels[channel]! - level), path).toBeLessThanOrEqual(2);
      });
    }
  });

  it('reads the film, not the cover', async () => {
    const film = make('film.mp4', [...numbered(5), ...X264]);
    const cover = make('cover.png', [...generated('color=red:s=320x320'), ...words('-frames:v 1 -update 1')]);
    const inputs = ['-i', film, '-i', cover, '-map', '1', '-map', '0', '-c', 'copy'];
    const path = make('covered.mp4', [...inputs, '-disposition:v:0', 'attached_pic']);
    expect(await reader.probe(path)).toMatchObject({ codec: 'h264', width: 64, height: 16 });
    expect((await framesOf(path, [4])).map(numberShown)).toEqual([4]);
  });

  it('reads files of any name', async () => {
    const path = make('named.mp4', [...numbered(3), ...X264]);
    for (const name of ['-y.mp4', 'a:b.mp4', 'line\nbreak.mp4', "quote'%d.mp4", 'http:x.mp4']) {
      copyFileSync(path, file(name));
      expect((await framesOf(file(name), [2])).map(numberShown), name).toEqual([2]);
    }
    expect((await reader.thumbnail(file("quote'%d.mp4"), 0, 32)).length).toBeGreaterThan(100);
  });

  it('makes a JPEG of the frame shown at a time, of the width asked for', async () => {
    const path = make('thumbnail.mp4', [...numbered(120), '-g', '50', ...X264]);
    const jpeg = await reader.thumbnail(path, 77.9 / 25, 128);
    writeFileSync(file('77.jpg'), jpeg);
    const raw = execFileSync(programs.ffmpeg, [
      '-v',
      'error',
      '-i',
      file('77.jpg'),
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-',
    ]);
    expect(raw).toHaveLength(128 * 32 * 3);
    const luma = (raw[(16 * 128 + 16) * 3]! * 219) / 255 / 2;
    expect(Math.abs(luma - 77)).toBeLessThanOrEqual(1.5);
    await expect(reader.thumbnail(path, 1, 0)).rejects.toEqual(refusal('invalid-input', /1 to 4096, not 0/));
    await expect(reader.thumbnail(path, Number.NaN, 9)).rejects.toEqual(refusal('invalid-input', /not NaN/));
  });

  it.each(['mp4', 'mkv'])(
    'yields what is left of half an %s, then says how much is missing',
    async (extension) => {
      const path = make(`whole.${extension}`, [...numbered(100), ...X264, '-movflags', '+faststart']);
      truncateSync(path, Math.round(readFileSync(path).length / 2));
      const info = await reader.probe(path);
      expect(info.frameTimes.length).toBeGreaterThanOrEqual(98);
      expect(info.frameTimes.length).toBeLessThanOrEqual(100);
      const indices = [5, 20, 35, 50, 65, 80, 95];
      const got: number[] = [];
      const reading = (async () => {
        for await (const frame of reader.frames(path, info, indices)) got.push(numberShown(frame));
      })();
      await expect(reading).rejects.toEqual(refusal('truncated-media', /[234] of the 7 frames needed/));
      expect(got).toEqual(indices.slice(0, got.length));
      await expect(reading).rejects.toMatchObject({ details: { delivered: got.length, wanted: 7 } });
    },
  );

  it('lets the next frame stand in for a broken one, and goes on', async () => {
    const path = make('broken.mov', [...numbered(20), ...words('-c:v mjpeg -q:v 2')]);
    const args = ['-v', 'error', '-show_entries', 'packet=pos,size', '-of', 'csv=p=0', path];
    const packets = execFileSync(programs.ffprobe, args).toString().trim().split('\n');
    const [size, position] = packets[10]!.split(',').map(Number);
    const bytes = readFileSync(path);
    bytes.fill(0, position, position! + size!);
    writeFileSync(path, bytes);
    expect((await framesOf(path, [3, 10, 15])).map(numberShown)).toEqual([3, 11, 15]);
    expect((await framesOf(path, [9, 10, 11, 12])).map(numberShown)).toEqual([9, 11, 11, 12]);
  });

  it('refuses what is no video, saying what it found', async () => {
    writeFileSync(file('empty.webm'), '');
    writeFileSync(file('text.mp4'), 'These are words, not a film.\n'.repeat(20));
    writeFileSync(file('manifest.mp4'), '#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nplain.mp4\n#EXT-X-ENDLIST\n');
    writeFileSync(file('list.mp4'), `ffconcat version 1.0\nfile ${file('named.mp4')}\n`);
    mkdirSync(file('folder.mp4'));
    const audio = generated('sine=d=0.2');
    make('sound.mp4', audio);
    make('sound.wav', audio);
    const unfinished = make('unfinished.mp4', [...numbered(50), ...X264]);
    truncateSync(unfinished, 1500);
    make('screen.flv', [...numbered(5), ...words('-c:v flashsv')]);
    make('giant.mov', [...generated('color=s=8192x4100,format=gray'), ...words('-frames:v 1 -c:v png')]);
    const expected = [
      ['empty.webm', 'unsupported-media', /empty \(0 bytes\)/],
      ['text.mp4', 'unsupported-media', /not a video file/],
      ['manifest.mp4', 'unsupported-media', /not a video file|format is hls/],
      ['list.mp4', 'unsupported-media', /format is concat/],
      ['sound.mp4', 'unsupported-media', /no video stream; it has only audio \(aac\)/],
      ['sound.wav', 'unsupported-media', /format is wav/],
      ['unfinished.mp4', 'unsupported-media', /index \(moov\) is missing/],
      ['screen.flv', 'unsupported-media', /not decoded here \(flashsv\)/],
      ['giant.mov', 'media-limit', /8192 x 4100/],
      ['missing.mp4', 'file-not-found', /no file/],
      ['folder.mp4', 'invalid-input', /not a regular file/],
      ['nul\0.mp4', 'invalid-input', /NUL/],
    ] as const;
    for (const [name, code, message] of expected) {
      await expect(reader.probe(file(name)), name).rejects.toEqual(refusal(code, message));
    }
  });

  it('refuses frames that cannot be, and frames out of order', async () => {
    const path = make('few.mp4', [...numbered(4), ...X264]);
    for (const indices of [[4], [-1], [1, 1], [2, 1], [0.5]]) {
      await expect(framesOf(path, indices)).rejects.toEqual(
        refusal('invalid-input', /from 0 to 3, ascending/),
      );
    }
    expect(await framesOf(path, [])).toEqual([]);
  });

  it('accepts a copy of what it probed', async () => {
    const path = make('copy.mp4', [...numbered(4), ...X264]);
    const copy = { ...(await reader.probe(path)) };
    expect((await all(reader.frames(path, copy, [1, 3]))).map(numberShown)).toEqual([1, 3]);
  });

  it('stops when the caller cancels', async () => {
    const path = make('cancelled.mp4', [...numbered(3000), ...X264]);
    const info = await reader.probe(path);
    const controller = new AbortController();
    const reading = (async () => {
      for await (const frame of reader.frames(path, info, [0, 1500, 2999], controller.signal)) {
        if (frame.index === 0) controller.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
    await expect(reader.probe(path, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('FfmpegMediaReader without ffmpeg', () => {
  it('says how to install it', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'videre-media-')), 'a.mp4');
    writeFileSync(path, 'x');
    const lost = new FfmpegMediaReader({ ffmpeg: '/nowhere/ffmpeg', ffprobe: '/nowhere/ffprobe' });
    const error = await lost.probe(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'missing-dependency',
      hint: expect.stringContaining('apt-get install'),
    });
  });
});

/** Writes the display matrix [a b; c d] into an mp4 file's track header (ISO 14496-12, 8.3.2). */
function setDisplayMatrix(path: string, [a, b, c, d]: readonly number[]): void {
  const bytes = readFileSync(path);
  const matrix = bytes.indexOf('tkhd') + 4 + 40;
  const rows = [a! << 16, b! << 16, 0, c! << 16, d! << 16, 0, 0, 0, 1 << 30];
  rows.forEach((value, i) => {
    bytes.writeInt32BE(value, matrix + i * 4);
  });
  writeFileSync(path, bytes);
}
