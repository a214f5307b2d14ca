import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import { normalizeText } from '../../model/normalize-text.js';
import type { Embedding, ModelInfo, TextEncoder } from '../../ports/encoders.js';
import { EngineWorker, type EngineWorkerOptions } from './engine-worker.js';
import { RecentVectors } from './recent-vectors.js';

/** Texts that go through the model at once: enough to fill it, few enough that one long text pads few others. */
const BATCH_TEXTS = 16;
/** Vectors kept: a few MB at most. */
const RECENT_TEXTS = 1024;

/** A bundle's text encoder on the CPU, in a worker thread of its own: a query never waits for a video. */
export class OnnxTextEncoder implements TextEncoder {
  readonly #worker: EngineWorker<readonly string[]>;
  /** By normalized text, which is all the model sees. */
  readonly #recent = new RecentVectors(RECENT_TEXTS);

  private constructor(worker: EngineWorker<readonly string[]>) {
    this.#worker = worker;
  }

  /** @throws AppError as `EngineWorker.start`. */
  static async load(options: EngineWorkerOptions): Promise<OnnxTextEncoder> {
    return new OnnxTextEncoder(await EngineWorker.start('text', options));
  }

  get model(): ModelInfo {
    return this.#worker.model;
  }

  /** @throws AppError `cancelled`, `internal` when the model gives no usable vector. */
  async encode(texts: readonly string[], signal?: AbortSignal): Promise<Embedding[]> {
    throwIfCancelled(signal);
    const keys = texts.map(normalizeText);
    const found = new Map(keys.map((key) => [key, this.#recent.get(key)]));
    // The text itself goes to the worker: normalizing twice is not the same as once.
    const missing = [...new Map(keys.map((key, index) => [key, texts[index]!]))].filter(
      ([key]) => found.get(key) === undefined,
    );
    for (let start = 0; start < missing.length; start += BATCH_TEXTS) {
      throwIfCancelled(signal);
      const batch = missing.slice(start, start + BATCH_TEXTS);
      const vectors = await this.#worker.encode(batch.map(([, text]) => text));
      batch.forEach(([key], index) => {
        found.set(key, vectors[index]!);
        this.#recent.set(key, vectors[index]!);
      });
    }
    return keys.map((key) => found.get(key)!);
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }
}
