import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SafetensorsFile } from '../../model/safetensors.js';
import { encodeSafetensors, type TensorToWrite } from '../../model/safetensors-writer.js';

/**
 * What a model made of videos, one safetensors file a video, under the model's fingerprint and the hash of the video's
 * content: an evaluation that was interrupted goes on where it was, and a file that changed is encoded again.
 */
export class TensorCache {
  readonly #folder: string;

  /** @param variant what else decides a value: how frames were chosen and ordered; a name for a folder */
  constructor(root: string, modelFingerprint: string, variant: string) {
    this.#folder = join(root, modelFingerprint.slice(0, 16), variant);
  }

  /** What `use` makes of the file; undefined when there is none, or none that can be read. */
  async read<Result>(
    contentHash: string,
    use: (file: SafetensorsFile) => Result,
  ): Promise<Result | undefined> {
    const bytes = await readFile(this.#path(contentHash)).catch(() => undefined);
    if (bytes === undefined) return undefined;
    try {
      return use(SafetensorsFile.fromBytes(bytes));
    } catch {
      // Damaged, or of another version: encoding it again is all it takes.
      return undefined;
    }
  }

  async write(contentHash: string, tensors: readonly TensorToWrite[]): Promise<void> {
    const path = this.#path(contentHash);
    const temporary = `${path}.${randomUUID()}.tmp`;
    await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(temporary, encodeSafetensors(tensors));
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
