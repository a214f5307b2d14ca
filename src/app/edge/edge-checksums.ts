import { createHash } from 'node:crypto';
import type { EdgeFacts, VideoPublication } from '../../ports/edge-copy.js';
import type { NumberedClip } from '../../ports/library-transfer.js';

/** What a checksum covers is what is sent: hex SHA-256, the same for the same content whenever it is counted. */
export function aboutChecksum(about: Omit<NonNullable<VideoPublication['about']>, 'checksum'>): string {
  return createHash('sha256').update(inOrder(about)).digest('hex');
}

export function clipsChecksum(clips: readonly NumberedClip[]): string {
  const hash = createHash('sha256');
  for (const { id, startSeconds, endSeconds, vector, caption } of clips) {
    hash.update(inOrder({ id, startSeconds, endSeconds, caption })).update(floats(vector));
  }
  return hash.digest('hex');
}

export function factsChecksum({ captionVectors, ...facts }: Omit<EdgeFacts, 'checksum'>): string {
  const hash = createHash('sha256').update(inOrder(facts));
  for (const vector of captionVectors) hash.update(floats(vector));
  return hash.digest('hex');
}

/** One text for a value, whatever order its members come in. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}

/** As this machine has them: another order of bytes makes another checksum, which costs a push, and no more. */
function floats(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}
