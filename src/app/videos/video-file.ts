import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '../../domain/errors.js';
import type { VideoMedia } from '../../domain/video.js';
import type { BlobStore } from '../../ports/blob-store.js';
import { storedFile, type VideoFile } from './stored-file.js';

/**
 * Gives `work` a file with the content of a video: the library's own copy, or the file that was left where it was.
 * @throws AppError `not-found` when that file is gone or is another one by now.
 */
export async function withVideoFile<Result>(
  video: VideoMedia,
  blobs: BlobStore,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  if (video.blobKey !== null) {
    return blobs.withFile(video.blobKey, (path) =>
      work(path).catch((error) => {
        throw withoutPath(error, path, video.sourcePath);
      }),
    );
  }
  await assertUnchanged(video);
  return work(video.sourcePath);
}

/** What is said of the library's own copy names the file as its owner knows it, not where the library keeps it. */
function withoutPath(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof AppError) || !error.message.includes(path)) return error;
  const { code, message, hint, details } = error;
  return new AppError(code, message.replaceAll(path, JSON.stringify(name)), {
    cause: error,
    details,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** @throws AppError `not-found` as `withVideoFile`. */
export async function openVideoFile(video: VideoMedia, blobs: BlobStore): Promise<VideoFile> {
  const stored = storedFile(video, blobs);
  if (stored !== undefined) return stored;
  const { sourcePath, sizeBytes } = video;
  await assertUnchanged(video);
  return {
    sizeBytes,
    read: async (range) => Readable.toWeb(createReadStream(sourcePath, range)) as ReadableStream<Uint8Array>,
  };
}

/** Whether the file of a video is where it should be. */
export async function hasVideoFile(video: VideoMedia, blobs: BlobStore): Promise<boolean> {
  if (video.blobKey !== null) return (await blobs.size(video.blobKey)) !== undefined;
  return assertUnchanged(video).then(
    () => true,
    () => false,
  );
}

/** By its length only: reading it whole takes minutes, and this is asked for every thumbnail. */
async function assertUnchanged({ sourcePath, sizeBytes }: VideoMedia): Promise<void> {
  // What is no whole path is the name of an upload, of which only its name came along in an archive.
  const found = isAbsolute(sourcePath) ? await stat(sourcePath).catch(() => undefined) : undefined;
  if (found?.isFile() && found.size === sizeBytes) return;
  const what = found === undefined ? 'is not there any more' : 'is not what it was when it was ingested';
  throw new AppError('not-found', `The file ${sourcePath} ${what}.`, {
    hint: 'Put the file back, or upload it; if it is another now, delete the video and ingest the new file.',
  });
}
