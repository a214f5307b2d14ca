import { z } from 'zod';
import { assertUsableVector } from '../../domain/embedding-check.js';
import { AppError } from '../../domain/errors.js';
import type { Embedding, ModelInfo } from '../../ports/encoders.js';
import type { EncoderServers } from './encoder-servers.js';

const vectors = z.array(z.string());
const embeddings = z.object({ model: z.object({ fingerprint: z.string() }), texts: vectors, clips: vectors });

/** What is encoded: texts, or clips as pictures in base64. */
export type EncoderInput = { texts: readonly string[] } | { clips: readonly { frames: readonly string[] }[] };

/**
 * One vector for each text or clip.
 * @throws AppError `model-mismatch` when the server's model is not the one that is wanted: it was replaced meanwhile, or
 * the servers are not alike; and as `EncoderServers.ask`.
 */
export async function askEmbeddings(
  servers: EncoderServers,
  { fingerprint, dimension }: ModelInfo,
  input: EncoderInput,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<Embedding[]> {
  const { model, ...said } = await servers.ask({
    path: '/v1/embeddings',
    body: { ...input, encoding: 'base64' },
    answer: embeddings,
    deadlineMs,
    signal,
  });
  if (model.fingerprint !== fingerprint) {
    throw new AppError(
      'model-mismatch',
      `An encoder has the model ${model.fingerprint.slice(0, 12)}; this service began with ${fingerprint.slice(0, 12)}.`,
      { hint: 'Give all encoders the same bundle, and start this service again when it was changed.' },
    );
  }
  const [written, wanted] = 'texts' in input ? [said.texts, input.texts] : [said.clips, input.clips];
  if (written.length !== wanted.length) {
    throw new AppError('internal', `An encoder gave ${written.length} vectors for ${wanted.length}.`);
  }
  return written.map((base64) => {
    const vector = vectorOf(base64);
    assertUsableVector(vector, dimension, 'A vector of an encoder');
    return vector;
  });
}

/** @param base64 little-endian float32 */
function vectorOf(base64: string): Embedding {
  const bytes = Buffer.from(base64, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, axis) =>
    view.getFloat32(axis * 4, true),
  );
}
