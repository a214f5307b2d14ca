import { AppError } from '../../domain/errors.js';
import type {
  MatchTexts,
  MatchVideos,
  ModelEngine,
  TextEncoding,
  TokenBatch,
  VideoClassification,
  VideoEncoding,
} from '../../model/engine.js';
import type { CudaVideoEngine } from './cuda-video-engine.js';

/** Everything a bundle can compute: clips on the GPU, texts on the engine beside it. */
export class CudaEngine implements ModelEngine {
  readonly #video: CudaVideoEngine;
  readonly #beside: ModelEngine;

  constructor(video: CudaVideoEngine, beside: ModelEngine) {
    this.#video = video;
    this.#beside = beside;
  }

  async encodeVideo(pixels: Float32Array, batch: number): Promise<VideoEncoding> {
    this.#requireKind('retrieval');
    const wanted = { tokens: true, pooled: true, projected: true };
    const { vectors, tokens, pooled, projected } = await this.#video.encodePixels(pixels, batch, wanted);
    return { visionEmbeds: tokens!, pooled: pooled!, projected: projected!, embedding: vectors };
  }

  async classify(pixels: Float32Array, batch: number): Promise<VideoClassification> {
    this.#requireKind('classification');
    const { vectors, features } = await this.#video.encodePixels(pixels, batch, { features: true });
    return { features: features!, logits: vectors };
  }

  encodeText(tokens: TokenBatch): Promise<TextEncoding> {
    return this.#beside.encodeText(tokens);
  }

  matchScores(texts: MatchTexts, videos: MatchVideos): Promise<Float32Array> {
    return this.#beside.matchScores(texts, videos);
  }

  async close(): Promise<void> {
    await Promise.all([this.#video.close(), this.#beside.close()]);
  }

  #requireKind(kind: 'retrieval' | 'classification'): void {
    const { description } = this.#video;
    if (description.kind === kind) return;
    throw new AppError(
      'invalid-input',
      `Model ${description.name} is a ${description.kind} model; this call needs a ${kind} model.`,
    );
  }
}
