import type {
  MatchTexts,
  MatchVideos,
  ModelEngine,
  TextEncoding,
  TokenBatch,
  VideoClassification,
  VideoEncoding,
} from '../../model/engine.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import type { BlockKernel } from '../../model/scan-operands.js';
import type { OnnxSessionOptions } from '../onnx-session/onnx-session.js';
import { MatchEngine } from './match-engine.js';
import { TextEngine } from './text-engine.js';
import { VideoEngine, type VideoEngineOptions } from './video-engine.js';

/** Everything a bundle can compute, on the CPU; the text parts are loaded with their first use. */
export class OnnxEngine implements ModelEngine {
  readonly #bundle: LoadedBundle;
  readonly #options: OnnxSessionOptions;
  readonly #video: VideoEngine;
  #text: TextEngine | undefined;
  #match: MatchEngine | undefined;

  private constructor(bundle: LoadedBundle, options: OnnxSessionOptions, video: VideoEngine) {
    this.#bundle = bundle;
    this.#options = options;
    this.#video = video;
  }

  /** @throws AppError `invalid-model` when the weights do not fit the architecture. */
  static async load(
    bundle: LoadedBundle,
    kernel: BlockKernel,
    options: VideoEngineOptions,
  ): Promise<OnnxEngine> {
    return new OnnxEngine(bundle, options, await VideoEngine.load(bundle, kernel, options));
  }

  encodeVideo(pixels: Float32Array, batch: number): Promise<VideoEncoding> {
    return this.#video.encode(pixels, batch);
  }

  classify(pixels: Float32Array, batch: number): Promise<VideoClassification> {
    return this.#video.classify(pixels, batch);
  }

  async encodeText(tokens: TokenBatch): Promise<TextEncoding> {
    this.#text ??= await TextEngine.load(this.#bundle, this.#options);
    return await this.#text.encode(tokens);
  }

  async matchScores(texts: MatchTexts, videos: MatchVideos): Promise<Float32Array> {
    this.#match ??= await MatchEngine.load(this.#bundle, this.#options);
    return await this.#match.scores(texts, videos);
  }

  async close(): Promise<void> {
    await Promise.all([this.#video.close(), this.#text?.close(), this.#match?.close()]);
  }
}
