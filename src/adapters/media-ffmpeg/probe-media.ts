import type { MediaInfo } from '../../ports/media-reader.js';
import { explainRefusal } from './explain-refusal.js';
import { assertFrameCount, type FrameTimes, readFrameTimes } from './frame-times.js';
import { checkVideoFile } from './input-guard.js';
import type { FfmpegPrograms } from './programs.js';
import { type MediaHeaders, readHeaders, type VideoStream } from './read-headers.js';

/** `MediaInfo`, and what is needed to find the same stream and the same clock again. */
export interface ProbedMedia {
  info: MediaInfo;
  stream: VideoStream;
  /** Timestamp of the stream, in seconds, at which `info`'s clock is zero. */
  startSeconds: number;
}

/** @throws AppError `file-not-found`, `invalid-input`, `unsupported-media`, `media-limit`, `timed-out`. */
export async function probeMedia(
  programs: FfmpegPrograms,
  path: string,
  signal?: AbortSignal,
): Promise<ProbedMedia> {
  const fileBytes = await checkVideoFile(path);
  const headers = await readHeaders(programs.ffprobe, path, signal);
  const times = await readFrameTimes(programs, path, headers, fileBytes, signal);
  if (times.seconds.length === 0) throw explainRefusal(path, '');

  const { stream } = headers;
  const startSeconds = clockStart(headers, times);
  const frameTimes = withPromisedFrames(
    path,
    times.seconds.map((seconds) => seconds - startSeconds),
    times.isCutShort,
    stream,
  );
  const isSideways = stream.orientation.rotationDegrees % 180 !== 0;
  return {
    startSeconds,
    stream,
    info: {
      container: headers.container,
      codec: stream.codec,
      width: isSideways ? stream.codedHeight : stream.codedWidth,
      height: isSideways ? stream.codedWidth : stream.codedHeight,
      rotationDegrees: stream.orientation.rotationDegrees,
      hasAudio: headers.hasAudio,
      durationSeconds: endOfLastFrame(frameTimes, times.lastDurationSeconds, stream),
      frameTimes,
    },
  };
}

/** The container tells its start in whole microseconds; a first frame that close to it is at zero. */
function clockStart({ startSeconds }: MediaHeaders, { seconds }: FrameTimes): number {
  const first = seconds[0]!;
  return startSeconds === undefined || Math.abs(first - startSeconds) < 1e-6 ? first : startSeconds;
}

/**
 * The times of a file that was cut short go on, evenly, to the end its header promises: the clips are planned for the
 * video as it was, and reading them tells what is missing instead of passing half a video for a whole one.
 */
function withPromisedFrames(
  path: string,
  present: Float64Array,
  isCutShort: boolean,
  stream: VideoStream,
): Float64Array {
  const { promisedFrames, promisedEndSeconds } = stream;
  const last = present.at(-1)!;
  if (!isCutShort || promisedEndSeconds === undefined || promisedEndSeconds <= last) return present;
  const rest = promisedEndSeconds - last;
  const missing =
    promisedFrames === undefined
      ? Math.round(rest / typicalGap(present, rest)) - 1
      : promisedFrames - present.length;
  if (missing <= 0) return present;
  assertFrameCount(path, present.length + missing);
  const times = new Float64Array(present.length + missing);
  times.set(present);
  for (let i = 1; i <= missing; i++) times[present.length - 1 + i] = last + (rest * i) / (missing + 1);
  return times;
}

function endOfLastFrame(
  frameTimes: Float64Array,
  lastDurationSeconds: number | undefined,
  { promisedEndSeconds }: VideoStream,
): number {
  const last = frameTimes.at(-1)!;
  const promised =
    promisedEndSeconds !== undefined && promisedEndSeconds > last ? promisedEndSeconds - last : 0.04;
  return last + (lastDurationSeconds ?? typicalGap(frameTimes, promised));
}

/** The median distance of frames, which one long pause does not move; `otherwise` for a single frame. */
function typicalGap(times: Float64Array, otherwise: number): number {
  if (times.length < 2) return otherwise;
  const gaps = times.subarray(1).map((time, i) => time - times[i]!);
  return gaps.sort()[gaps.length >> 1] || otherwise;
}
