import type { ClipFrames, Embedding, VideoEncoder } from '../ports/encoders.js';
import type { AssembledClip } from './assemble-clips.js';

/** A batch goes to the encoder at this many clips, or at this many bytes of raw frames if that comes first. */
const BATCH_CLIPS = 8;
const BATCH_BYTES = 64 * 2 ** 20;

/**
 * Encodes clips in batches, one batch in the encoder while the next one is being decoded.
 * @returns the vector of each clip, by its position in the plan.
 */
export async function encodeClips(
  clips: AsyncIterable<AssembledClip>,
  encoder: VideoEncoder,
  onEncoded: (clips: number) => void,
  signal?: AbortSignal,
): Promise<Embedding[]> {
  const vectors: Embedding[] = [];
  let batch: AssembledClip[] = [];
  let batchBytes = 0;
  let inFlight: Promise<void> = Promise.resolve();

  const send = async (sent: readonly AssembledClip[]): Promise<void> => {
    const encoded = await encoder.encode(
      sent.map(({ frames }) => frames),
      signal,
    );
    sent.forEach(({ position, release }, order) => {
      vectors[position] = encoded[order]!;
      release();
    });
    onEncoded(sent.length);
  };

  try {
    for await (const clip of clips) {
      batch.push(clip);
      batchBytes += rawBytes(clip.frames);
      if (batch.length < BATCH_CLIPS && batchBytes < BATCH_BYTES) continue;
      await inFlight;
      inFlight = send(batch);
      // Its error is met at the next `await inFlight`; until then it must not count as unhandled.
      inFlight.catch(() => {});
      batch = [];
      batchBytes = 0;
    }
    await inFlight;
    if (batch.length > 0) await send(batch);
  } finally {
    await inFlight.catch(() => {});
  }
  return vectors;
}

function rawBytes({ frames }: ClipFrames): number {
  // A repeated frame is one array.
  return [...new Set(frames)].reduce((bytes, frame) => bytes + frame.byteLength, 0);
}
