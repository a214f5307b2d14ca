import type { Readable } from 'node:stream';
import { AppError } from '../../domain/errors.js';
import type { ProbedMedia } from './probe-media.js';
import { parseTimestamp } from './timestamp-report.js';

/** A minute, and 20 full-HD frames a second on top: slow machines do a multiple. */
export function decodingLimitMs({ stream, info }: ProbedMedia, lastIndex: number): number {
  const fullHdPictures = (stream.codedWidth * stream.codedHeight) / (1920 * 1080);
  return 60_000 + 50 * Math.min(lastIndex + 1, info.frameTimes.length) * Math.max(1, fullHdPictures);
}

/**
 * Cuts the stream into pieces of `bytes`, each in memory of its own; an incomplete rest is dropped.
 * @param take gives the memory of a piece.
 */
export async function* wholePictures(
  stream: Readable,
  bytes: number,
  take: (bytes: number) => Uint8Array = (length) => new Uint8Array(length),
): AsyncGenerator<Uint8Array> {
  let picture: Uint8Array | undefined;
  let filled = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let read = 0;
    while (read < chunk.length) {
      picture ??= take(bytes);
      const count = Math.min(chunk.length - read, bytes - filled);
      picture.set(chunk.subarray(read, read + count), filled);
      read += count;
      filled += count;
      if (filled < bytes) continue;
      yield picture;
      picture = undefined;
      filled = 0;
    }
  }
}

/** The filter reports a frame's timestamp before the frame goes on to the output. */
export async function nextTimestamp(lines: AsyncIterator<string>): Promise<number> {
  for (;;) {
    const { done, value } = await lines.next();
    if (done) throw new AppError('internal', 'ffmpeg sent a frame without its timestamp.');
    const seconds = parseTimestamp(value);
    if (seconds !== undefined) return seconds;
  }
}
