import type { ClipFrames, Embedding, ModelInfo } from './encoders.js';

/** A text as the re-ranker reads it. */
export interface RerankText {
  /** In the space shared with videos; the same vector `TextEncoder` gives. */
  embedding: Embedding;
  /** Its tokens after the text encoder, [L, hidden]. */
  tokens: Float32Array;
}

/** A clip as the re-ranker looks at it. */
export interface RerankVideo {
  /** The same vector `VideoEncoder` gives. */
  embedding: Embedding;
  /** Its patch tokens, [T'P, C]. */
  tokens: Float32Array;
}

/** Reads a text and a clip together: slower than comparing two vectors, and more exact. */
export interface Reranker {
  readonly model: ModelInfo;
  describeTexts(texts: readonly string[], signal?: AbortSignal): Promise<RerankText[]>;
  describeVideo(clip: ClipFrames, signal?: AbortSignal): Promise<RerankVideo>;
  /** The matching logit of each text with the video; higher fits better. */
  scores(
    texts: readonly RerankText[],
    video: Pick<RerankVideo, 'tokens'>,
    signal?: AbortSignal,
  ): Promise<Float32Array>;
  close(): Promise<void>;
}
