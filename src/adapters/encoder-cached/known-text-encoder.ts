import type { Embedding, ModelInfo, TextEncoder } from '../../ports/encoders.js';

/** Knows the vectors of some texts, and has the others encoded. */
export class KnownTextEncoder implements TextEncoder {
  readonly #encoder: TextEncoder;
  readonly #known: ReadonlyMap<string, Embedding>;

  /** @param vectors one a text, of the encoder's model. */
  constructor(encoder: TextEncoder, texts: readonly string[], vectors: readonly Embedding[]) {
    this.#encoder = encoder;
    this.#known = new Map(texts.map((text, order) => [text, vectors[order]!]));
  }

  get model(): ModelInfo {
    return this.#encoder.model;
  }

  async encode(texts: readonly string[], signal?: AbortSignal): Promise<Embedding[]> {
    const unknown = texts.filter((text) => !this.#known.has(text));
    const encoded = unknown.length === 0 ? [] : await this.#encoder.encode(unknown, signal);
    const rest = encoded.values();
    return texts.map((text) => this.#known.get(text) ?? rest.next().value!);
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }
}
