import type { VideoMedia } from '../../domain/video.js';
import type { BlobReader, ByteRange } from '../../ports/blob-store.js';

/** A video's file, ready to be read. */
export interface VideoFile {
  sizeBytes: number;
  read: (range?: ByteRange) => Promise<ReadableStream<Uint8Array>>;
}

/** @throws AppError `not-found` when the file of the video is gone. */
export type OpenVideoFile = (video: VideoMedia) => Promise<VideoFile>;

/** The library's own copy of a video; undefined when it has none. */
export function storedFile({ blobKey, sizeBytes }: VideoMedia, blobs: BlobReader): VideoFile | undefined {
  return blobKey === null ? undefined : { sizeBytes, read: (range) => blobs.read(blobKey, range) };
}
