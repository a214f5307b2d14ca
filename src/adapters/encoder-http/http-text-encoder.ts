import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { Embedding, ModelInfo, TextEncoder } from '../../ports/encoders.js';
import { askEmbeddings } from './ask-embeddings.js';
import type { EncoderServers } from './encoder-servers.js';

/** As many as an encoder takes at once. */
const MOST_TEXTS = 256;
const DEADLINE_MS = 10_000;

/** Texts encoded by servers. */
export class HttpTextEncoder implements TextEncoder {
  readonly model: ModelInfo;
  readonly #servers: EncoderServers;

  constructor(servers: EncoderServers, model: ModelInfo) {
    this.#servers = servers;
    this.model = model;
  }

  /** @throws AppError as `askEmbeddings`. */
  async encode(texts: readonly string[], signal?: AbortSignal): Promise<Embedding[]> {
    throwIfCancelled(signal);
    const vectors: Embedding[] = [];
    for (let start = 0; start < texts.length; start += MOST_TEXTS) {
      const batch = { texts: texts.slice(start, start + MOST_TEXTS) };
      vectors.push(...(await askEmbeddings(this.#servers, this.model, batch, DEADLINE_MS, signal)));
    }
    return vectors;
  }

  async close(): Promise<void> {}
}
