import { AppError } from '../../domain/errors.js';
import { decoderMemoryBytes } from './boxed-program.js';
import { lastComplaint } from './explain-refusal.js';
import { FrameSelection } from './frame-selection.js';
import { decodedInput, ONE_ENCODER_THREAD } from './input-guard.js';
import { pictureFilters } from './picture-filters.js';
import type { ProbedMedia } from './probe-media.js';
import { codedPixels } from './read-headers.js';
import { startProgram } from './run-program.js';

const MAX_EDGE = 4096;
const TIME_LIMIT_MS = 60_000;

/** @throws AppError `invalid-input`, `truncated-media` when the file does not reach that far, `timed-out`. */
export async function makeThumbnail(
  ffmpeg: string,
  path: string,
  media: ProbedMedia,
  atSeconds: number,
  width: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (!Number.isInteger(width) || width < 1 || width > MAX_EDGE) {
    throw new AppError(
      'invalid-input',
      `A thumbnail's width is a whole number from 1 to ${MAX_EDGE}, not ${width}.`,
    );
  }
  if (!Number.isFinite(atSeconds) || atSeconds < 0) {
    throw new AppError('invalid-input', `The time of a thumbnail is 0 or more seconds, not ${atSeconds}.`);
  }
  const { frameTimes } = media.info;
  const index = frameShownAt(frameTimes, atSeconds);
  const select = `select='${new FrameSelection(frameTimes, [index]).toExpression(media.startSeconds)}'`;
  // Anamorphic video has pixels that are not square: dar is the shape of the picture, sar that of a pixel.
  const scale = `scale=w=${width}:h='min(${MAX_EDGE},max(1,round(${width}/dar)))':flags=bicubic`;
  const { codedWidth, codedHeight } = media.stream;
  const asStored = { width: codedWidth, height: codedHeight };
  const filters = [select, ...pictureFilters(media.stream, asStored), scale, 'setsar=1'];
  const pixels = codedPixels(media.stream);
  const args = [
    // To the key frame before; which frame it is to be, the filter decides.
    ...decodedInput(path, pixels, '-noaccurate_seek', '-ss', frameTimes[index]!.toFixed(6)),
    ...['-map', `0:${media.stream.index}`, '-vf', filters.join(','), '-frames:v', '1'],
    ...ONE_ENCODER_THREAD,
    ...['-f', 'image2pipe', '-c:v', 'mjpeg', '-q:v', '4', '-pix_fmt', 'yuvj420p', 'pipe:1'],
  ];
  const encoder = startProgram({
    program: ffmpeg,
    args,
    timeLimitMs: TIME_LIMIT_MS,
    memoryBytes: decoderMemoryBytes(Math.max(pixels, width * MAX_EDGE)),
    signal,
  });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of encoder.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
    await encoder.finished();
  } finally {
    await encoder.stop();
  }
  if (chunks.length === 0) {
    throw new AppError(
      'truncated-media',
      `${path} has no readable frame at ${atSeconds} s${lastComplaint(encoder.stderr())}.`,
    );
  }
  return Buffer.concat(chunks);
}

/** The last frame that is not after `atSeconds`; the first one before it starts. */
function frameShownAt(frameTimes: Float64Array, atSeconds: number): number {
  let low = 0;
  let high = frameTimes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (frameTimes[middle]! <= atSeconds) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
