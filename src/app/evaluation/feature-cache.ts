import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { float32ToFloat16 } from '../../model/float-formats.js';
import { SafetensorsFile } from '../../model/safetensors.js';
import { encodeSafetensors } from '../../model/safetensors-writer.js';
import { bytesOf } from '../../model/tensor-type.js';
import type { RerankVideo } from '../../ports/reranker.js';

/**
 * What a model made of videos, one file a video, under the model's fingerprint and the hash of the video's content: an
 * evaluation that was interrupted goes on where it was, and a file that changed is encoded again.
 */
export class FeatureCache {
  readonly #folder: string;

  /** @param variant what else decides a feature: how frames were ordered */
  constructor(root: string, modelFingerprint: string, variant: string) {
    this.#folder = join(root, modelFingerprint.slice(0, 16), variant);
  }

  /** Undefined when there is none, or none that can be read. */
  async read(contentHash: string): Promise<RerankVideo | undefined> {
    const bytes = await readFile(this.#path(contentHash)).catch(() => undefined);
    if (bytes === undefined) return undefined;
    try {
      const file = SafetensorsFile.fromBytes(bytes);
      return {
        embedding: file.readTensorAsFloat32('embedding').slice(),
        tokens: file.readTensorAsFloat32('tokens'),
      };
    } catch {
      // Damaged, or of another version: encoding it again is all it takes.
      return undefined;
    }
  }

  /** Tokens are kept in 16 bits: 150 kB a clip of the playground, and a thousandth of their size in error. */
  async write(contentHash: string, { embedding, tokens }: RerankVideo): Promise<void> {
    const path = this.#path(contentHash);
    const temporary = `${path}.${randomUUID()}.tmp`;
    const bytes = encodeSafetensors([
      { name: 'embedding', type: 'F32', shape: [embedding.length], bytes: () => bytesOf(embedding) },
      {
        name: 'tokens',
        type: 'F16',
        shape: [tokens.length],
        bytes: () => bytesOf(float32ToFloat16(tokens)),
      },
    ]);
    await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(temporary, bytes);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  #path(contentHash: string): string {
    return join(this.#folder, contentHash.slice(0, 2), `${contentHash}.safetensors`);
  }
}

/** Hex SHA-256 of a file. */
export async function contentHashOf(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest('hex');
}
