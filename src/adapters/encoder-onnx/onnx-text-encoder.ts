import type { Embedding, ModelInfo, TextEncoder } from '../../ports/encoders.js';
import { EngineWorker, type EngineWorkerOptions } from './engine-worker.js';
import { throwIfCancelled } from './throw-if-cancelled.js';

/** Texts that go through the model at once: enough to fill it, few enough that one long text pads few others. */
const BATCH_TEXTS = 16;

/** A bundle's text encoder on the CPU, in a worker thread of its own: a query never waits for a video. */
export class OnnxTextEncoder implements TextEncoder {
  readonly #worker: EngineWorker<readonly string[]>;

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
    const vectors: Embedding[] = [];
    for (let start = 0; start < texts.length; start += BATCH_TEXTS) {
      throwIfCancelled(signal);
      vectors.push(...(await this.#worker.encode(texts.slice(start, start + BATCH_TEXTS))));
    }
    return vectors;
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }
}
