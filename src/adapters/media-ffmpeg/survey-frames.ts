import { createInterface } from 'node:readline';
import { type SmallFrame, SURVEY_EDGE } from '../../ports/media-reader.js';
import { decoderMemoryBytes } from './boxed-program.js';
import { decodedInput, ONE_ENCODER_THREAD } from './input-guard.js';
import { decodingLimitMs, nextTimestamp, wholePictures } from './picture-stream.js';
import type { ProbedMedia } from './probe-media.js';
import { codedPixels } from './read-headers.js';
import { startProgram } from './run-program.js';
import { REPORT_TIMESTAMPS } from './timestamp-report.js';

/**
 * A small picture of every frame that can be decoded, in one pass. Averaging areas makes it blind to noise and small
 * movement. Neither rotation nor transparency matter to a comparison of neighbours, so they are left as stored.
 * @throws AppError `timed-out`, `cancelled`, `missing-dependency`. A file that ends early just ends.
 */
export async function* surveyFrames(
  ffmpeg: string,
  path: string,
  media: ProbedMedia,
  signal?: AbortSignal,
): AsyncGenerator<SmallFrame> {
  const { frameTimes } = media.info;
  const filters = [REPORT_TIMESTAMPS, `scale=${SURVEY_EDGE}:${SURVEY_EDGE}:flags=area`, 'format=rgb24'];
  const pixels = codedPixels(media.stream);
  const args = [
    ...decodedInput(path, pixels),
    ...['-map', `0:${media.stream.index}`, '-vf', filters.join(','), '-vsync', 'passthrough'],
    ...ONE_ENCODER_THREAD,
    ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
  ];
  const timeLimitMs = decodingLimitMs(media, frameTimes.length - 1);
  const memoryBytes = decoderMemoryBytes(pixels);
  const decoder = startProgram({ program: ffmpeg, args, timeLimitMs, memoryBytes, signal });
  const timestamps = createInterface({ input: decoder.sideChannel })[Symbol.asyncIterator]();
  try {
    for await (const pixels of wholePictures(decoder.stdout, SURVEY_EDGE * SURVEY_EDGE * 3)) {
      const time = (await nextTimestamp(timestamps)) - media.startSeconds;
      yield { timeSeconds: nearest(frameTimes, time), pixels };
    }
    await decoder.finished();
  } finally {
    await decoder.stop();
  }
}

/** The one of the ascending times that is nearest: filter and container round differently. */
function nearest(times: Float64Array, seconds: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle]! + times[middle + 1]!) / 2 < seconds) low = middle + 1;
    else high = middle;
  }
  return times[low]!;
}
