import { AppError } from '../../domain/errors.js';

/** @throws AppError `payload-too-large` for more than `maxBytes`. */
export async function* upTo(maxBytes: number, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

export function tooLarge(maxBytes: number): AppError {
  return new AppError('payload-too-large', `A file has at most ${maxBytes} bytes here.`, {
    hint: 'Start the server with a larger VIDERE_MAX_UPLOAD_BYTES, or take the file in on the server: videre ingest, videre import.',
  });
}
