import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.js';
import type { Embedding } from '../../ports/encoders.js';
import { clips, videos } from './schema/videos.js';

/** The columns of a clip that its checksum covers. */
export interface ClipContent {
  videoId: string;
  startSeconds: number;
  endSeconds: number;
  modelFingerprint: string;
  vector: Buffer;
}

/** The columns of a `LocatedClip`, of clips joined with their videos. */
export const locatedClipColumns = {
  id: clips.id,
  videoId: clips.videoId,
  startSeconds: clips.startSeconds,
  endSeconds: clips.endSeconds,
  title: videos.title,
  path: videos.sourcePath,
};

/** SHA-256 over everything a clip says, so that a flipped bit anywhere in its row is seen when it is read. */
export function clipChecksum(clip: ClipContent): Buffer {
  const times = Buffer.alloc(16);
  times.writeDoubleLE(clip.startSeconds, 0);
  times.writeDoubleLE(clip.endSeconds, 8);
  return createHash('sha256')
    .update(`${clip.videoId}\0${clip.modelFingerprint}\0`)
    .update(times)
    .update(clip.vector)
    .digest();
}

/** @throws AppError `corrupt-data` naming the clip when its row is not what was stored. */
export function verifyClip(clip: ClipContent & { id: number; checksum: Buffer }): void {
  if (clipChecksum(clip).equals(clip.checksum)) return;
  throw new AppError(
    'corrupt-data',
    `Clip ${clip.id} of video ${clip.videoId} does not match its checksum.`,
    {
      hint: 'The disk or memory changed stored data: restore the data folder from a backup, or ingest into a new one.',
      details: { clipId: clip.id, videoId: clip.videoId },
    },
  );
}

const FLOAT_BYTES = 4;

/** float32, little endian on every machine. */
export function vectorToBlob(vector: Embedding): Buffer {
  const blob = Buffer.alloc(vector.length * FLOAT_BYTES);
  vector.forEach((value, position) => {
    blob.writeFloatLE(value, position * FLOAT_BYTES);
  });
  return blob;
}

export function blobToVector(blob: Buffer): Embedding {
  return Float32Array.from({ length: blob.length / FLOAT_BYTES }, (_, position) =>
    blob.readFloatLE(position * FLOAT_BYTES),
  );
}
