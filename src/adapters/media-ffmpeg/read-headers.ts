import { z } from 'zod';
import { AppError } from '../../domain/errors.js';
import { explainRefusal, lastComplaint, tooManyPixels } from './explain-refusal.js';
import { ACCEPTED_CONTAINERS, guardedInput, LOG_LEVEL, MAX_PIXELS } from './input-guard.js';
import { type Orientation, readOrientation } from './orientation.js';
import { startProgram } from './run-program.js';

/** What the container says about itself and the video stream that was chosen. */
export interface MediaHeaders {
  container: string;
  /** Where the player's clock is zero, in seconds of the stream's timestamps; undefined when not told. */
  startSeconds: number | undefined;
  hasAudio: boolean;
  stream: VideoStream;
}

export interface VideoStream {
  /** Position among the streams of the container. */
  index: number;
  codec: string;
  /** Size as stored, before rotation. */
  codedWidth: number;
  codedHeight: number;
  pixelFormat: string;
  orientation: Orientation;
  /** Seconds per timestamp unit. */
  timeBase: number;
  /** Where the header says the video ends, on the player's clock; undefined when not told. */
  promisedEndSeconds: number | undefined;
  promisedFrames: number | undefined;
}

export function codedPixels({ codedWidth, codedHeight }: VideoStream): number {
  return codedWidth * codedHeight;
}

/** ffprobe prints numbers as strings, and leaves out what it does not know. */
const numeric = z.coerce.number().optional().catch(undefined);

const streamSchema = z.object({
  index: z.number(),
  codec_type: z.string().optional(),
  codec_name: z.string().default('unknown'),
  width: z.number().default(0),
  height: z.number().default(0),
  pix_fmt: z.string().optional(),
  time_base: z.string().default('1/1'),
  duration: numeric,
  nb_frames: numeric,
  disposition: z.record(z.string(), z.number()).default({}),
  side_data_list: z.array(z.object({ displaymatrix: z.string().optional() })).default([]),
});
type Stream = z.infer<typeof streamSchema>;

const headersSchema = z.object({
  streams: z.array(streamSchema).default([]),
  format: z.object({ format_name: z.string(), start_time: numeric, duration: numeric }),
});

const TIME_LIMIT_MS = 30_000;
const OUTPUT_LIMIT_BYTES = 4 * 2 ** 20;

/** @throws AppError `unsupported-media` saying what was found instead of a video, `media-limit`, `timed-out`. */
export async function readHeaders(
  ffprobe: string,
  path: string,
  signal?: AbortSignal,
): Promise<MediaHeaders> {
  const { json, stderr } = await probeJson(ffprobe, path, signal);
  const parsed = headersSchema.safeParse(json);
  if (!parsed.success) throw explainRefusal(path, stderr);
  const { streams, format } = parsed.data;
  const stream = chooseVideoStream(path, streams, stderr);
  return {
    container: format.format_name,
    startSeconds: format.start_time,
    hasAudio: streams.some(({ codec_type }) => codec_type === 'audio'),
    stream: {
      index: stream.index,
      codec: stream.codec_name,
      codedWidth: stream.width,
      codedHeight: stream.height,
      pixelFormat: stream.pix_fmt!,
      orientation: readOrientation(stream.side_data_list.find((data) => data.displaymatrix)?.displaymatrix),
      timeBase: parseRatio(stream.time_base),
      promisedEndSeconds: stream.duration ?? format.duration,
      promisedFrames: stream.nb_frames,
    },
  };
}

async function probeJson(
  ffprobe: string,
  path: string,
  signal?: AbortSignal,
): Promise<{ json: unknown; stderr: string }> {
  const args = ['-v', LOG_LEVEL, '-show_format', '-show_streams', '-of', 'json', ...guardedInput(path)];
  const probe = startProgram({ program: ffprobe, args, timeLimitMs: TIME_LIMIT_MS, signal });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of probe.stdout as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > OUTPUT_LIMIT_BYTES) {
        throw new AppError(
          'media-limit',
          `The header of ${path} describes more than ${OUTPUT_LIMIT_BYTES} bytes.`,
        );
      }
    }
    await probe.finished();
  } finally {
    await probe.stop();
  }
  return { json: parseJson(Buffer.concat(chunks).toString()), stderr: probe.stderr() };
}

/** Killed or failing, ffprobe leaves half a document. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The stream a player would show: the container's default, the largest of these; never a cover picture. */
function chooseVideoStream(path: string, streams: readonly Stream[], stderr: string): Stream {
  const videos = streams.filter(
    ({ codec_type, disposition }) =>
      codec_type === 'video' && !disposition.attached_pic && !disposition.timed_thumbnails,
  );
  if (videos.length === 0) {
    const found = streams.map(({ codec_type = 'unknown', codec_name }) => `${codec_type} (${codec_name})`);
    throw new AppError(
      'unsupported-media',
      `${path} has no video stream; it has ${found.length === 0 ? 'none at all' : `only ${found.join(', ')}`}.`,
      { hint: `Accepted are videos in ${ACCEPTED_CONTAINERS}.` },
    );
  }
  const tooLarge = videos.find(({ width, height }) => width * height > MAX_PIXELS);
  if (tooLarge !== undefined) throw tooManyPixels(path, tooLarge.width, tooLarge.height);
  // ffprobe tries to decode the first pictures; without a pixel format none of them could be.
  const [best] = videos
    .filter(({ pix_fmt, width, height }) => pix_fmt !== undefined && width > 0 && height > 0)
    .sort((left, right) => rank(right) - rank(left));
  if (best === undefined) throw undecodable(path, videos[0]!, stderr);
  return best;
}

function rank({ disposition, width, height }: Stream): number {
  return (disposition.default ? MAX_PIXELS : 0) + width * height;
}

function undecodable(path: string, { codec_name, nb_frames }: Stream, stderr: string): AppError {
  const refusal = explainRefusal(path, stderr);
  if (refusal.code === 'media-limit') return refusal;
  const promise = nb_frames === undefined ? '' : ` of the ${nb_frames} its header promises`;
  return new AppError(
    'unsupported-media',
    `No frame${promise} can be decoded from ${path}: its video (${codec_name}) is encrypted, damaged or missing${lastComplaint(stderr)}.`,
    { hint: 'Check that the file is complete and plays elsewhere without a licence.', details: { stderr } },
  );
}

function parseRatio(ratio: string): number {
  const [numerator = 1, denominator = 1] = ratio.split('/').map(Number);
  return numerator / denominator;
}
