import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FfmpegMediaReader } from '../src/adapters/media-ffmpeg/ffmpeg-media-reader.js';
import { programsFromEnvironment } from '../src/adapters/media-ffmpeg/programs.js';
import { AppError } from '../src/domain/errors.js';
import { sampleFrameIndices } from '../src/model/preprocess/sample-frames.js';

interface ManifestEntry {
  file: string;
  notes: { 'frames_decoded_ffmpeg5.1'?: number | null } | string;
}

const folder = resolve('../shared/realdata');
const isMissing = !existsSync(resolve(folder, 'MANIFEST.json'));
const reader = new FfmpegMediaReader();

/** Files that hold more frames than plain ffmpeg decodes. */
const frameCounts: Record<string, number> = {
  // Broken frames have a time too; the next frame stands in for them.
  'awkward/corrupted.mp4': 50,
  'awkward/no_timescale.mp4': 182,
};

function awkwardVideos(): { file: string; frameCount: number }[] {
  const manifest = JSON.parse(readFileSync(resolve(folder, 'MANIFEST.json'), 'utf8')) as ManifestEntry[];
  return manifest.flatMap(({ file, notes }) => {
    if (typeof notes === 'string' || !/^awkward\//.test(file)) return [];
    return { file, frameCount: frameCounts[file] ?? notes['frames_decoded_ffmpeg5.1'] ?? 0 };
  });
}

/** What became of a file: how many frames it has and how many of eight were read, or the code of its refusal. */
async function read(path: string): Promise<string> {
  try {
    const info = await reader.probe(path);
    const indices = [...new Set(sampleFrameIndices(info.frameTimes.length, 8))];
    const read: number[] = [];
    for await (const { index } of reader.frames(path, info, indices)) read.push(index);
    return `${info.frameTimes.length} frames, ${read.length} read`;
  } catch (error) {
    return error instanceof AppError ? error.code : `not an AppError: ${error}`;
  }
}

describe.skipIf(isMissing)('real files (skipped where ../shared/realdata is not there)', () => {
  it('reads every awkward file that can be decoded, and refuses the others', {
    timeout: 120_000,
  }, async () => {
    const results: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const { file, frameCount } of awkwardVideos()) {
      expected[file] =
        frameCount === 0 ? 'unsupported-media' : `${frameCount} frames, ${Math.min(8, frameCount)} read`;
      results[file] = await read(resolve(folder, file));
    }
    expect(results).toEqual(expected);
  });

  it.each([
    'clips/bear_magnets.mov',
    'awkward/rotation_180.mov',
    'awkward/rotation_270.mov',
    'awkward/var_fps_video.mp4',
    'awkward/h264_10bits.mp4',
    'awkward/transparent.webm',
  ])('%s: bit for bit what plain ffmpeg decodes', async (file) => {
    const path = resolve(folder, file);
    const args = ['-nostdin', '-v', 'error', '-i', path, '-map', '0:V:0', '-vsync', 'passthrough'];
    const asHashes = ['-c:v', 'rawvideo', '-pix_fmt', 'rgb24', '-f', 'framehash', '-hash', 'md5', '-'];
    const table = execFileSync(programsFromEnvironment().ffmpeg, [...args, ...asHashes]).toString();
    const hashes = table.match(/(?<=, )[0-9a-f]{32}$/gm)!;
    const info = await reader.probe(path);
    const indices = Array.from(hashes, (_, index) => index).filter((index) => index % 3 !== 1);
    const read: string[] = [];
    for await (const { pixels } of reader.frames(path, info, indices)) {
      read.push(createHash('md5').update(pixels).digest('hex'));
    }
    expect(read).toEqual(indices.map((index) => hashes[index]));
  });
});
