import { float32ToFloat16 } from '../../model/float-formats.js';
import { bytesOf } from '../../model/tensor-type.js';
import type { RerankVideo } from '../../ports/reranker.js';
import { TensorCache } from './tensor-cache.js';

/** What the re-ranker needs of videos that were encoded before. */
export class FeatureCache {
  readonly #files: TensorCache;

  /** As `TensorCache`. */
  constructor(root: string, modelFingerprint: string, variant: string) {
    this.#files = new TensorCache(root, modelFingerprint, variant);
  }

  /** Undefined when there is none, or none that can be read. */
  read(contentHash: string): Promise<RerankVideo | undefined> {
    return this.#files.read(contentHash, (file) => ({
      embedding: file.readTensorAsFloat32('embedding').slice(),
      tokens: file.readTensorAsFloat32('tokens'),
    }));
  }

  /** Tokens are kept in 16 bits: 150 kB a clip of the playground, and a thousandth of their size in error. */
  async write(contentHash: string, { embedding, tokens }: RerankVideo): Promise<void> {
    await this.#files.write(contentHash, [
      { name: 'embedding', type: 'F32', shape: [embedding.length], bytes: () => bytesOf(embedding) },
      { name: 'tokens', type: 'F16', shape: [tokens.length], bytes: () => bytesOf(float32ToFloat16(tokens)) },
    ]);
  }
}
