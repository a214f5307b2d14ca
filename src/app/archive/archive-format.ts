import { z } from 'zod';
import { AppError } from '../../domain/errors.js';

/** Layout of an archive; described in `docs/archive-format.md`. */
export const ARCHIVE_FORMAT = 'videre-library/1';

export const MANIFEST = 'manifest.json';

export const videosEntry = (part: number): string => `videos-${digits(part)}.jsonl`;
export const vectorsEntry = (part: number): string => `vectors-${digits(part)}.safetensors`;
export const mediaEntry = (contentHash: string): string => `media/${contentHash}`;

/** The one tensor of a vectors entry: [clips of the part, dimension], F32. */
export const VECTORS_TENSOR = 'vectors';

/** A part ends with the video that reaches either, so that a reader holds one part at a time. */
export const PART_VIDEOS = 256;
export const PART_CLIPS = 8192;

function digits(part: number): string {
  return String(part).padStart(6, '0');
}

const MEBIBYTE = 2 ** 20;
/** What a part of the largest video there may be takes, and more. */
const MAX_VIDEOS_BYTES = 256 * MEBIBYTE;
const MAX_VECTORS_BYTES = 1024 * MEBIBYTE;
export const MAX_MANIFEST_BYTES = 64 * MEBIBYTE;
export const MAX_MEDIA_BYTES = 1024 * 1024 * MEBIBYTE;

export type EntryKind = 'manifest' | 'videos' | 'vectors' | 'media';

const kinds: readonly [EntryKind, RegExp, number][] = [
  ['manifest', /^manifest\.json$/, MAX_MANIFEST_BYTES],
  ['videos', /^videos-\d{6}\.jsonl$/, MAX_VIDEOS_BYTES],
  ['vectors', /^vectors-\d{6}\.safetensors$/, MAX_VECTORS_BYTES],
  ['media', /^media\/[0-9a-f]{64}$/, MAX_MEDIA_BYTES],
];

/**
 * What an entry is, by its name: no other names are known, so none can lead anywhere.
 * @throws AppError `invalid-archive` for another name, or more bytes than such an entry may have.
 */
export function entryKind(name: string, sizeBytes: number): EntryKind {
  const found = kinds.find(([, pattern]) => pattern.test(name));
  if (found === undefined)
    throw invalidArchive(`it has an entry ${JSON.stringify(name)}, which has no place in one`);
  const [kind, , maxBytes] = found;
  if (sizeBytes > maxBytes) {
    throw invalidArchive(`its entry ${name} has ${sizeBytes} bytes; at most ${maxBytes} are accepted`);
  }
  return kind;
}

export function invalidArchive(what: string, cause?: unknown): AppError {
  return new AppError('invalid-archive', `This is no sound archive of a library: ${what}.`, {
    hint: 'Nothing was taken from it. Export the library again, or get a complete copy.',
    ...(cause === undefined ? {} : { cause }),
  });
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

const manifestSchema = z.strictObject({
  format: z.literal(ARCHIVE_FORMAT),
  createdAt: z.iso.datetime(),
  videreVersion: z.string(),
  /** Null in the archive of a library without clips. */
  model: z
    .strictObject({
      fingerprint: z.string().regex(/^[0-9a-f]{1,64}$/),
      dimension: z.int().min(1).max(1_000_000),
    })
    .nullable(),
  videos: count,
  clips: count,
  entries: z.array(z.strictObject({ name: z.string(), sizeBytes: count, sha256 })),
});

export type ArchiveManifest = z.infer<typeof manifestSchema>;

/** @throws AppError `invalid-archive` */
export function parseManifest(bytes: Uint8Array): ArchiveManifest {
  const json = parseJson(bytes, MANIFEST);
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === 'string' && format !== ARCHIVE_FORMAT) {
    throw invalidArchive(
      `it is of format ${JSON.stringify(format)}, and this Videre reads ${ARCHIVE_FORMAT}`,
    );
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) throw invalidArchive(`its ${MANIFEST} is wrong: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const MAX_CLIPS = 1_000_000;
const seconds = z.number().min(0).max(1e9);

const clipSchema = z
  .strictObject({
    startSeconds: seconds,
    endSeconds: seconds,
    caption: z.strictObject({ text: z.string(), model: z.string(), createdAtMs: z.int() }).optional(),
  })
  .refine(({ startSeconds, endSeconds }) => startSeconds <= endSeconds, 'it ends before it starts');

const videoSchema = z.strictObject({
  contentHash: sha256,
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.json()),
  sourcePath: z.string(),
  /** Whether its file is in the archive. */
  media: z.boolean(),
  sizeBytes: count,
  container: z.string(),
  codec: z.string(),
  width: count,
  height: count,
  durationSeconds: seconds,
  frameCount: count,
  createdAtMs: z.int(),
  clips: z.array(clipSchema).min(1).max(MAX_CLIPS),
});

/** A line of a videos entry; the vectors of its clips are the next rows of the vectors entry of the same number. */
export type ArchivedVideo = z.infer<typeof videoSchema>;

/** @throws AppError `invalid-archive` naming the line. */
export function parseVideos(bytes: Uint8Array, entry: string): ArchivedVideo[] {
  const lines = textOf(bytes, entry).split('\n');
  if (lines.pop() !== '') throw invalidArchive(`${entry} does not end with a line`);
  return lines.map((line, number) => {
    const parsed = videoSchema.safeParse(parseJson(Buffer.from(line), `line ${number + 1} of ${entry}`));
    if (parsed.success) return parsed.data;
    throw invalidArchive(`line ${number + 1} of ${entry} is no video: ${z.prettifyError(parsed.error)}`);
  });
}

function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(textOf(bytes, where));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw invalidArchive(`${where} is not JSON`, cause);
  }
}

function textOf(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidArchive(`${where} is not UTF-8 text`, cause);
  }
}
