import { createHash } from 'node:crypto';
import type { Embedding, ModelInfo, TextEncoder } from '../../ports/encoders.js';

/** A vector of a model never changes; the cache lets go of what nobody asks for. */
const MAX_AGE_SECONDS = 30 * 24 * 3600;

/** Where answers are kept for a whole data centre: the Cache API of Workers. */
export interface VectorCache {
  match(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | undefined>;
  put(key: string, answer: Response): Promise<void>;
}

/**
 * Remembers the vectors of texts that are asked for alone, as those of searches are. Texts that come together, as where answers
 * are held against clips, are hardly asked for again, and each look into the cache counts as a request of the Worker's.
 */
export class CachedTextEncoder implements TextEncoder {
  readonly #encoder: TextEncoder;
  readonly #cache: VectorCache;

  constructor(encoder: TextEncoder, cache: VectorCache) {
    this.#encoder = encoder;
    this.#cache = cache;
  }

  get model(): ModelInfo {
    return this.#encoder.model;
  }

  async encode(texts: readonly string[], signal?: AbortSignal): Promise<Embedding[]> {
    const [text] = texts;
    if (text === undefined || texts.length > 1) return this.#encoder.encode(texts, signal);
    const key = this.#keyOf(text);
    // A cache that fails is none.
    const kept = await this.#cache.match(key).catch(() => undefined);
    const vector = kept && new Float32Array(await kept.arrayBuffer());
    if (vector?.length === this.model.dimension) return [vector];
    const [encoded] = await this.#encoder.encode([text], signal);
    await this.#cache.put(key, answerOf(encoded!)).catch(() => {});
    return [encoded!];
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }

  /** An address that nobody can ask for: caches are keyed by those. */
  #keyOf(text: string): string {
    const hash = createHash('sha256').update(text).digest('hex');
    return `https://vectors.invalid/${this.model.fingerprint}/${hash}`;
  }
}

function answerOf(vector: Embedding): Response {
  const headers = { 'cache-control': `max-age=${MAX_AGE_SECONDS}` };
  return new Response(Uint8Array.from(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)), {
    headers,
  });
}
