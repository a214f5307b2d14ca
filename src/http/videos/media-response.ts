import parseRange from 'range-parser';
import { AppError } from '../../domain/errors.js';
import type { Video } from '../../domain/video.js';
import type { ByteRange } from '../../ports/blob-store.js';

/** What of a file a request wants. */
export type WantedPart = { status: 304 } | { status: 200 } | { status: 206; range: ByteRange };

/**
 * Conditions and ranges of RFC 9110, for one range: several are answered with the whole file, which it allows.
 * @param etag strong, of the whole file.
 * @throws AppError `range-not-satisfiable`.
 */
export function wantedPart(headers: Headers, sizeBytes: number, etag: string): WantedPart {
  if (matches(headers.get('if-none-match'), etag)) return { status: 304 };
  const header = headers.get('range');
  const ifRange = headers.get('if-range');
  // A date cannot match: we send none. Another tag means that the parts would be of two files.
  if (header === null || (ifRange !== null && ifRange !== etag)) return { status: 200 };
  const ranges = parseRange(sizeBytes, header);
  if (ranges === -1) {
    throw new AppError(
      'range-not-satisfiable',
      `The file has ${sizeBytes} bytes; none of them are ${header}.`,
    );
  }
  const [range] = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? [] : ranges;
  return range === undefined ? { status: 200 } : { status: 206, range };
}

function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/** By the container the demuxer found, never by a name. */
const CONTENT_TYPES: readonly [container: string, type: string][] = [
  ['mp4', 'video/mp4'],
  ['gif', 'image/gif'],
  ['apng', 'image/apng'],
  ['avi', 'video/x-msvideo'],
  ['flv', 'video/x-flv'],
  ['ogg', 'video/ogg'],
  ['mpegts', 'video/mp2t'],
  ['mpeg', 'video/mpeg'],
  ['asf', 'video/x-ms-wmv'],
];
const WEBM_CODECS = ['vp8', 'vp9', 'av1'];

export function contentType({ container, codec }: Video): string {
  const names = container?.split(',') ?? [];
  if (names.includes('matroska')) {
    return WEBM_CODECS.includes(codec ?? '') ? 'video/webm' : 'video/x-matroska';
  }
  return CONTENT_TYPES.find(([name]) => names.includes(name))?.[1] ?? 'application/octet-stream';
}
