import { createInterface } from 'node:readline';
import { AppError } from '../../domain/errors.js';
import type { VideoFrame } from '../../ports/media-reader.js';
import { decoderMemoryBytes } from './boxed-program.js';
import { lastComplaint, ranOutOfMemory, tooMuchMemory } from './explain-refusal.js';
import { FrameSelection } from './frame-selection.js';
import { decodedInput, ONE_ENCODER_THREAD } from './input-guard.js';
import { frameSize, type PictureSize, pictureFilters } from './picture-filters.js';
import type { PictureMemory } from './picture-memory.js';
import { decodingLimitMs, nextTimestamp, wholePictures } from './picture-stream.js';
import type { ProbedMedia } from './probe-media.js';
import { codedPixels, type VideoStream } from './read-headers.js';
import { type RunningProgram, startProgram } from './run-program.js';
import { REPORT_TIMESTAMPS } from './timestamp-report.js';

/** Linux takes 128 KiB in one argument; a longer filter goes through standard input. */
const LONGEST_ARGUMENT = 100_000;

/**
 * Decodes frames in one pass and stops at the last one asked for. The decoder waits while the caller works on a frame:
 * at most a few frames are in memory.
 * @param indices distinct positions in `media.info.frameTimes`, ascending
 * @param memory where pictures come from, and go back to when they are released
 * @throws AppError `truncated-media` after the frames that are there, `media-limit`, `invalid-input`, `timed-out`, `cancelled`,
 * `missing-dependency`.
 */
export async function* streamFrames(
  ffmpeg: string,
  path: string,
  media: ProbedMedia,
  indices: readonly number[],
  memory: PictureMemory,
  signal?: AbortSignal,
): AsyncGenerator<VideoFrame> {
  const { info } = media;
  assertIndices(indices, info.frameTimes.length);
  if (indices.length === 0) return;
  const selection = new FrameSelection(info.frameTimes, indices);
  const decoder = startDecoder(
    ffmpeg,
    path,
    media,
    selection,
    decodingLimitMs(media, indices.at(-1)!),
    signal,
  );
  const timestamps = createInterface({ input: decoder.sideChannel })[Symbol.asyncIterator]();
  try {
    const { frameTimes } = info;
    const { width, height } = uprightSize(media.stream);
    const take = (bytes: number) => memory.take(bytes);
    for await (const pixels of wholePictures(decoder.stdout, width * height * 3, take)) {
      const time = (await nextTimestamp(timestamps)) - media.startSeconds;
      decoder.clock.pause();
      const taken = selection.take(time);
      if (taken.length === 0) memory.giveBack(pixels);
      const release = lastOf(taken.length, () => memory.giveBack(pixels));
      for (const index of taken) {
        yield { index, timeSeconds: frameTimes[index]!, width, height, pixels, release };
      }
      decoder.clock.resume();
      if (selection.isComplete) return;
    }
    await decoder.finished();
  } finally {
    await decoder.stop();
  }
  if (ranOutOfMemory(decoder.stderr())) throw tooMuchMemory(path, decoder.stderr());
  throw truncated(path, selection.served, indices.length, decoder.stderr());
}

function uprightSize(stream: VideoStream): PictureSize {
  const { width, height } = frameSize(stream);
  const isSideways = stream.orientation.rotationDegrees % 180 !== 0;
  return isSideways ? { width: height, height: width } : { width, height };
}

/** Calls `then` at the last of so many calls. */
function lastOf(count: number, then: () => void): () => void {
  let left = count;
  return () => {
    left--;
    if (left === 0) then();
  };
}

function startDecoder(
  ffmpeg: string,
  path: string,
  media: ProbedMedia,
  selection: FrameSelection,
  timeLimitMs: number,
  signal: AbortSignal | undefined,
): RunningProgram {
  const select = `select='${selection.toExpression(media.startSeconds)}'`;
  const filter = [select, REPORT_TIMESTAMPS, ...pictureFilters(media.stream, frameSize(media.stream))].join(
    ',',
  );
  const pixels = codedPixels(media.stream);
  const isLong = filter.length > LONGEST_ARGUMENT;
  const args = [
    ...decodedInput(path, pixels),
    // No frame is doubled or dropped for an even rate.
    ...['-map', `0:${media.stream.index}`, ...(isLong ? ['-filter_script:v', 'pipe:0'] : ['-vf', filter])],
    ...['-vsync', 'passthrough', ...ONE_ENCODER_THREAD, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
  ];
  const input = isLong ? { input: filter } : {};
  const memoryBytes = decoderMemoryBytes(pixels);
  return startProgram({ program: ffmpeg, args, timeLimitMs, memoryBytes, signal, ...input });
}

function assertIndices(indices: readonly number[], frameCount: number): void {
  let previous = -1;
  for (const index of indices) {
    if (!Number.isInteger(index) || index <= previous || index >= frameCount) {
      throw new AppError(
        'invalid-input',
        `Frame ${index} was asked for after frame ${previous}; frames are whole numbers from 0 to ${frameCount - 1}, ascending and distinct.`,
      );
    }
    previous = index;
  }
}

function truncated(path: string, delivered: number, wanted: number, stderr: string): AppError {
  return new AppError(
    'truncated-media',
    `${path} ends early: ${delivered} of the ${wanted} frames needed could be read${lastComplaint(stderr)}.`,
    { hint: 'Get a complete copy of the file.', details: { delivered, wanted, stderr } },
  );
}
