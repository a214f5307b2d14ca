import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '../../domain/errors.js';
import { decoderThreads } from './boxed-program.js';
import { DECODERS } from './decoders.js';

/**
 * Demuxers that read one file and nothing else. HLS, DASH and concat manifests open other files and addresses under
 * any name, and the protocol list alone does not stop them, so what is not on this list is refused before it is parsed.
 */
const DEMUXERS = [
  ...[
    'mov',
    'mp4',
    'm4a',
    '3gp',
    '3g2',
    'mj2',
    'matroska',
    'webm',
    'avi',
    'gif',
    'apng',
    'flv',
    'mpegts',
    'mpeg',
  ],
  ...['mpegvideo', 'ogg', 'asf'],
].join(',');

/** For messages: what the list above means to people. */
export const ACCEPTED_CONTAINERS = 'mp4, mov, 3gp, mkv, webm, avi, gif, apng, flv, mpeg, ts, ogv and wmv';

/** 8K (7680 x 4320) just fits. A few kilobytes can claim a picture of gigabytes. */
export const MAX_PIXELS = 33_554_432;

/** Makes each line of standard error say how bad it is: `[error] moov atom not found`. */
export const LOG_LEVEL = 'level+warning';

/** Options that go before `-i` of ffmpeg and ffprobe, the input included. */
export function guardedInput(path: string): string[] {
  return [
    ...['-protocol_whitelist', 'file', '-format_whitelist', DEMUXERS, '-max_pixels', String(MAX_PIXELS)],
    ...['-codec_whitelist', DECODERS],
    // Absolute and with its protocol: neither a leading dash nor a colon in the name can mean anything else.
    ...['-i', `file:${resolve(path)}`],
  ];
}

/** Options of ffmpeg, the input included, with which it decodes a stream as it is stored: neither rotated nor retimed. */
export function decodedInput(path: string, pixels: number, ...seek: readonly string[]): string[] {
  return [
    ...['-nostdin', '-hide_banner', '-loglevel', LOG_LEVEL, '-noautorotate', '-copyts'],
    ...['-filter_threads', '1', '-threads', String(decoderThreads(pixels)), ...seek, ...guardedInput(path)],
  ];
}

/**
 * Options that go before the output. Left alone, ffmpeg starts an encoder's thread for each core, raw pictures included, and
 * on a machine of many their stacks alone are more than a decoder's memory.
 */
export const ONE_ENCODER_THREAD = ['-threads', '1'];

/**
 * @returns the size in bytes.
 * @throws AppError `file-not-found`, `invalid-input` for what is no readable regular file, `unsupported-media` when empty.
 */
export async function checkVideoFile(path: string): Promise<number> {
  if (path.includes('\0')) {
    throw new AppError('invalid-input', `The path ${JSON.stringify(path)} contains a NUL character.`);
  }
  const file = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      throw new AppError('file-not-found', `There is no file ${path}.`, { cause: error });
    }
    throw new AppError('invalid-input', `${path} cannot be read: ${error.message}.`, { cause: error });
  });
  if (!file.isFile()) throw new AppError('invalid-input', `${path} is not a regular file.`);
  if (file.size === 0) {
    throw new AppError('unsupported-media', `${path} is empty (0 bytes).`, {
      hint: `Accepted are videos in ${ACCEPTED_CONTAINERS}.`,
    });
  }
  return file.size;
}
