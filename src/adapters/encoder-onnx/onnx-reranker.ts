import { throwIfCancelled } from '../../domain/throw-if-cancelled.js';
import type { ClipFrames, ModelInfo } from '../../ports/encoders.js';
import type { Reranker, RerankText, RerankVideo } from '../../ports/reranker.js';
import { EngineWorker, type EngineWorkerOptions } from './engine-worker.js';
import type { MatchRequest } from './start-matcher.js';

/** Texts that go through the text encoder at once. */
const BATCH_TEXTS = 16;
/** Texts that meet a video at once: enough to fill the cores, few enough for their scores to stay in the cache. */
const BATCH_PAIRS = 64;

/** A bundle's encoders and re-ranker on the CPU, in a worker thread of their own. */
export class OnnxReranker implements Reranker {
  readonly #worker: EngineWorker<MatchRequest>;

  private constructor(worker: EngineWorker<MatchRequest>) {
    this.#worker = worker;
  }

  /** @throws AppError as `EngineWorker.start`. */
  static async load(options: EngineWorkerOptions): Promise<OnnxReranker> {
    return new OnnxReranker(await EngineWorker.start('match', options));
  }

  get model(): ModelInfo {
    return this.#worker.model;
  }

  /** @throws AppError `cancelled`, `internal` when the model gives no usable vector. */
  async describeTexts(texts: readonly string[], signal?: AbortSignal): Promise<RerankText[]> {
    const described: RerankText[] = [];
    for (let start = 0; start < texts.length; start += BATCH_TEXTS) {
      throwIfCancelled(signal);
      const batch = texts.slice(start, start + BATCH_TEXTS);
      const arrays = await this.#worker.encode({ ask: 'texts', texts: batch });
      for (const index of batch.keys()) {
        described.push({ embedding: arrays[index * 2]!, tokens: arrays[index * 2 + 1]! });
      }
    }
    return described;
  }

  /** @throws AppError `invalid-input` for frames of the wrong number or size, `cancelled`, `internal`. */
  async describeVideo(clip: ClipFrames, signal?: AbortSignal): Promise<RerankVideo> {
    throwIfCancelled(signal);
    const [embedding, tokens] = await this.#worker.encode({ ask: 'video', clip });
    return { embedding: embedding!, tokens: tokens! };
  }

  /** Texts of like length go together, so that little is computed on padding. */
  async scores(
    texts: readonly RerankText[],
    { tokens }: Pick<RerankVideo, 'tokens'>,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const order = [...texts.keys()].sort(
      (left, right) => texts[left]!.tokens.length - texts[right]!.tokens.length,
    );
    const scores = new Float32Array(texts.length);
    for (let start = 0; start < order.length; start += BATCH_PAIRS) {
      throwIfCancelled(signal);
      const batch = order.slice(start, start + BATCH_PAIRS);
      const asked = batch.map((index) => texts[index]!.tokens);
      const [answers] = await this.#worker.encode({ ask: 'scores', texts: asked, video: tokens });
      batch.forEach((index, position) => {
        scores[index] = answers![position]!;
      });
    }
    return scores;
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }
}
