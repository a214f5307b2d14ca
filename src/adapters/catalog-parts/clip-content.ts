import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { AppError } from '../../domain/errors.js';
import type { Embedding } from '../../ports/encoders.js';

/** What the checksum of a clip covers. */
export interface ClipContent {
  videoId: string;
  startSeconds: number;
  endSeconds: number;
  modelFingerprint: string;
  vector: Buffer;
}

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
      hint: 'The disk or memory changed stored data: delete that video and ingest it again, or restore the data folder from a backup.',
      details: { clipId: clip.id, videoId: clip.videoId },
    },
  );
}

/** float32, little endian on every machine. */
export function vectorToBlob(vector: Embedding): Buffer {
  return littleEndian(Buffer.from(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)));
}

export function blobToVector(blob: Buffer): Embedding {
  // A copy starts where a float may start, which a slice of a pool need not.
  const bytes = Uint8Array.from(blob);
  littleEndian(Buffer.from(bytes.buffer));
  return new Float32Array(bytes.buffer);
}

/** Swaps the bytes of each float where the machine has them the other way round, in place. */
function littleEndian(floats: Buffer): Buffer {
  return endianness() === 'LE' ? floats : floats.swap32();
}
