import { createInterface } from 'node:readline';
import { AppError } from '../../domain/errors.js';
import { decoderMemoryBytes } from './boxed-program.js';
import { decodedInput, guardedInput, LOG_LEVEL } from './input-guard.js';
import { codedPixels, type MediaHeaders } from './read-headers.js';
import { startProgram } from './run-program.js';
import { parseTimestamp, REPORT_TIMESTAMPS } from './timestamp-report.js';

/** All frames of a video stream, in display order, in seconds of the stream's own timestamps. */
export interface FrameTimes {
  /** Ascending. */
  seconds: Float64Array;
  /** How long the last one is shown; undefined when not told. */
  lastDurationSeconds: number | undefined;
  /** The file ends in the middle: its header promises more than was found. */
  isCutShort: boolean;
}

/** 46 hours at 30 frames a second; the times of so many take 40 MB. */
const MAX_FRAMES = 5_000_000;

/** Codecs whose packets may hold pictures that are never shown (VP8's alternate reference frames). */
const CODECS_WITH_HIDDEN_FRAMES = new Set(['vp8']);

const CUT_SHORT = /partial file|File ended prematurely/;

/** Reading (not decoding) at 10 MB/s must do. */
const listingLimitMs = (fileBytes: number): number => 30_000 + fileBytes / 10_000;
/** Decoding 0.2 MB a second, and 5 min in any case: the stream does not tell how many frames it has. */
const decodingLimitMs = (fileBytes: number): number => 300_000 + fileBytes / 200;

/**
 * The times of all frames without decoding any, from the packets' presentation timestamps. Where these do not tell
 * (AVI and MPEG-PS leave some out, VP8 has packets that show nothing), the stream is decoded once.
 */
export async function readFrameTimes(
  programs: { ffmpeg: string; ffprobe: string },
  path: string,
  headers: MediaHeaders,
  fileBytes: number,
  signal?: AbortSignal,
): Promise<FrameTimes> {
  if (!CODECS_WITH_HIDDEN_FRAMES.has(headers.stream.codec)) {
    const listed = await listPackets(programs.ffprobe, path, headers, fileBytes, signal);
    if (listed !== undefined) return listed;
  }
  return decodeTimes(programs.ffmpeg, path, headers, fileBytes, signal);
}

/** @returns undefined when a packet has no presentation timestamp. */
async function listPackets(
  ffprobe: string,
  path: string,
  { stream }: MediaHeaders,
  fileBytes: number,
  signal?: AbortSignal,
): Promise<FrameTimes | undefined> {
  const args = [
    ...[
      '-v',
      LOG_LEVEL,
      '-select_streams',
      String(stream.index),
      '-show_entries',
      'packet=pts,duration,flags',
    ],
    ...['-of', 'csv=p=0', ...guardedInput(path)],
  ];
  const probe = startProgram({ program: ffprobe, args, timeLimitMs: listingLimitMs(fileBytes), signal });
  const timestamps: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let lastDuration: number | undefined;
  try {
    for await (const line of createInterface({ input: probe.stdout })) {
      // Packets with side data are followed by an empty line.
      const [pts, duration, flags] = line.split(',');
      if (pts === undefined || duration === undefined || flags === undefined) continue;
      // Cut away by an edit list: decoded as a reference for others but never shown.
      if (flags.includes('D')) continue;
      const timestamp = Number(pts);
      if (Number.isNaN(timestamp)) return undefined;
      timestamps.push(timestamp);
      assertFrameCount(path, timestamps.length);
      if (timestamp > last) {
        last = timestamp;
        lastDuration = Number(duration) || undefined;
      }
    }
    await probe.finished();
  } finally {
    await probe.stop();
  }
  return {
    seconds: Float64Array.from(timestamps, (timestamp) => timestamp * stream.timeBase).sort(),
    lastDurationSeconds: lastDuration === undefined ? undefined : lastDuration * stream.timeBase,
    isCutShort: CUT_SHORT.test(probe.stderr()),
  };
}

async function decodeTimes(
  ffmpeg: string,
  path: string,
  { stream }: MediaHeaders,
  fileBytes: number,
  signal?: AbortSignal,
): Promise<FrameTimes> {
  const pixels = codedPixels(stream);
  const args = [
    ...decodedInput(path, pixels),
    ...['-map', `0:${stream.index}`, '-vf', REPORT_TIMESTAMPS, '-vsync', 'passthrough', '-f', 'null', '-'],
  ];
  const decoder = startProgram({
    program: ffmpeg,
    args,
    timeLimitMs: decodingLimitMs(fileBytes),
    memoryBytes: decoderMemoryBytes(pixels),
    signal,
  });
  const times: number[] = [];
  try {
    for await (const line of createInterface({ input: decoder.sideChannel })) {
      const seconds = parseTimestamp(line);
      if (seconds === undefined) continue;
      times.push(seconds);
      assertFrameCount(path, times.length);
    }
    await decoder.finished();
  } finally {
    await decoder.stop();
  }
  return {
    seconds: Float64Array.from(times).sort(),
    lastDurationSeconds: undefined,
    isCutShort: CUT_SHORT.test(decoder.stderr()),
  };
}

/** @throws AppError `media-limit` for more frames than a video may have, found or promised. */
export function assertFrameCount(path: string, count: number): void {
  if (count <= MAX_FRAMES) return;
  throw new AppError('media-limit', `${path} has more than ${MAX_FRAMES} frames, the limit.`, {
    hint: 'Cut the video into parts.',
    details: { maxFrames: MAX_FRAMES },
  });
}
