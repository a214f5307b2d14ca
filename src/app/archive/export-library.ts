import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { AppError, toAppError } from '../../domain/errors.js';
import { encodeSafetensors } from '../../model/safetensors-writer.js';
import type { BlobStore } from '../../ports/blob-store.js';
import type { LibrarySnapshot, TransferredVideo } from '../../ports/library-transfer.js';
import type { VideoFile } from '../videos/stored-file.js';
import { openVideoFile } from '../videos/video-file.js';
import {
  ARCHIVE_FORMAT,
  type ArchivedVideo,
  type ArchiveManifest,
  MANIFEST,
  mediaEntry,
  PART_CLIPS,
  PART_VIDEOS,
  VECTORS_TENSOR,
  vectorsEntry,
  videosEntry,
} from './archive-format.js';

export interface ExportOptions {
  /** Files of the videos too. */
  media: boolean;
  version: string;
  signal?: AbortSignal | undefined;
  /** @param share of the videos that are written, 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  /** Hears of every video whose file is to go along and cannot be read: it goes without. */
  onMissing?: ((title: string, error: AppError) => void) | undefined;
}

/**
 * A whole library as one tar file, part by part: however large it is, one part is in memory. The manifest comes last, for
 * only then all checksums are known. The same library gives the same bytes but for the time in the manifest.
 * @throws AppError `corrupt-data`; whoever reads the stream then has no manifest, and so no archive.
 */
export function exportLibrary(
  snapshot: LibrarySnapshot,
  blobs: BlobStore,
  options: ExportOptions,
): AsyncIterable<Uint8Array> {
  const pack = tar.pack();
  const writer = new ArchiveWriter(pack);
  writeLibrary(writer, snapshot, blobs, options).then(
    () => pack.finalize(),
    (error: unknown) => pack.destroy(error instanceof Error ? error : toAppError(error)),
  );
  return Readable.from(pack);
}

async function writeLibrary(
  writer: ArchiveWriter,
  snapshot: LibrarySnapshot,
  blobs: BlobStore,
  { media, version, signal, onProgress, onMissing }: ExportOptions,
): Promise<void> {
  let part: { video: TransferredVideo; file: VideoFile | undefined }[] = [];
  let [parts, videos, clips, partClips] = [0, 0, 0, 0];
  let dimension = 0;
  const flush = async (): Promise<void> => {
    const lines = part.map(({ video, file }) => `${JSON.stringify(archived(video, file !== undefined))}\n`);
    await writer.write(videosEntry(parts), Buffer.from(lines.join('')));
    await writer.write(vectorsEntry(parts), vectorsOf(part.map(({ video }) => video)));
    for (const { video, file } of part) {
      if (file !== undefined)
        await writer.copy(mediaEntry(video.contentHash), file.sizeBytes, await file.read());
    }
    parts++;
    part = [];
    partClips = 0;
  };
  for await (const video of snapshot.videos()) {
    signal?.throwIfAborted();
    const file = media ? await fileOf(video, blobs, onMissing) : undefined;
    part.push({ video, file });
    videos++;
    clips += video.clips.length;
    partClips += video.clips.length;
    dimension = video.clips[0]!.vector.length;
    if (part.length >= PART_VIDEOS || partClips >= PART_CLIPS) await flush();
    onProgress?.(videos / snapshot.counts.videos);
  }
  if (part.length > 0) await flush();
  const { modelFingerprint } = snapshot;
  const manifest: ArchiveManifest = {
    format: ARCHIVE_FORMAT,
    createdAt: new Date().toISOString(),
    videreVersion: version,
    model:
      modelFingerprint === undefined || clips === 0 ? null : { fingerprint: modelFingerprint, dimension },
    videos,
    clips,
    entries: writer.entries,
  };
  await writer.write(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
}

async function fileOf(
  video: TransferredVideo,
  blobs: BlobStore,
  onMissing: ExportOptions['onMissing'],
): Promise<VideoFile | undefined> {
  try {
    return await openVideoFile(video, blobs);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== 'not-found') throw error;
    onMissing?.(video.title, error);
    return undefined;
  }
}

function archived({ clips, blobKey: _, ...video }: TransferredVideo, media: boolean): ArchivedVideo {
  return {
    ...video,
    metadata: video.metadata as ArchivedVideo['metadata'],
    media,
    clips: clips.map(({ vector: _, ...clip }) => clip),
  };
}

/** One tensor, a row for each clip. */
function vectorsOf(videos: readonly TransferredVideo[]): Uint8Array {
  const vectors = videos.flatMap(({ clips }) => clips.map(({ vector }) => vector));
  const dimension = vectors[0]!.length;
  const bytes = Buffer.alloc(vectors.length * dimension * 4);
  let offset = 0;
  for (const vector of vectors) {
    for (const value of vector) offset = bytes.writeFloatLE(value, offset);
  }
  const tensor = {
    name: VECTORS_TENSOR,
    type: 'F32' as const,
    shape: [vectors.length, dimension],
    bytes: () => bytes,
  };
  return encodeSafetensors([tensor]);
}

/** Writes entries one after the other, as fast as they are read at the other end, and remembers their checksums. */
class ArchiveWriter {
  readonly entries: ArchiveManifest['entries'] = [];
  readonly #pack: tar.Pack;

  constructor(pack: tar.Pack) {
    this.#pack = pack;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.copy(name, bytes.byteLength, [bytes]);
  }

  /** @throws AppError `not-found` when the source gives another number of bytes than it said. */
  async copy(
    name: string,
    sizeBytes: number,
    source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const hash = createHash('sha256');
    let written = 0;
    await new Promise<void>((resolve, reject) => {
      const header = { name, size: sizeBytes, mode: 0o644, mtime: new Date(0) };
      const entry = this.#pack.entry(header, (error) => (error == null ? resolve() : reject(error)));
      (async () => {
        for await (const piece of source) {
          hash.update(piece);
          written += piece.byteLength;
          if (written > sizeBytes) break;
          if (!entry.write(piece)) await new Promise((ready) => entry.once('drain', ready));
        }
        if (written !== sizeBytes) throw changed(name, sizeBytes);
        entry.end();
      })().catch(reject);
    });
    this.#remember(name, sizeBytes, hash);
  }

  #remember(name: string, sizeBytes: number, hash: Hash): void {
    this.entries.push({ name, sizeBytes, sha256: hash.digest('hex') });
  }
}

function changed(name: string, sizeBytes: number): AppError {
  return new AppError(
    'not-found',
    `The file of ${name} does not have the ${sizeBytes} bytes it had any more.`,
    {
      hint: 'Something changes files of the library: export again.',
    },
  );
}
