/** What a bundle computes, whatever computes it. Row-major float32 throughout. */

/** What a retrieval model makes of B clips. */
export interface VideoEncoding {
  /** Patch tokens after the last norm, [B, T'P, C]: what the re-ranker looks at. */
  visionEmbeds: Float32Array;
  /** [B, T', C] */
  pooled: Float32Array;
  /** Time steps in the shared space, before normalization, [B, T', D]. */
  projected: Float32Array;
  /** Mean over time of their unit vectors, not normalized again, [B, D]. */
  embedding: Float32Array;
}

/** What a classification model makes of B clips. */
export interface VideoClassification {
  /** The class token after the last norm, [B, C]. */
  features: Float32Array;
  /** [B, classes] */
  logits: Float32Array;
}

/** Token ids of N texts padded to one length L. */
export interface TokenBatch {
  texts: number;
  length: number;
  /** [N, L] */
  ids: BigInt64Array;
  /** 1 = token, 0 = padding, [N, L] */
  mask: Int32Array;
}

export interface TextEncoding {
  /** [N, L, hidden]; rows of padding mean nothing. */
  textEmbeds: Float32Array;
  /** The first token in the shared space, before normalization, [N, D]. */
  projected: Float32Array;
  /** The same as unit vectors, [N, D]. */
  embedding: Float32Array;
}

/** N texts as the re-ranker takes them. */
export interface MatchTexts {
  texts: number;
  length: number;
  /** `TextEncoding.textEmbeds` */
  textEmbeds: Float32Array;
  /** `TokenBatch.mask` */
  mask: Int32Array;
}

/** M clips as the re-ranker takes them. */
export interface MatchVideos {
  videos: number;
  /** `VideoEncoding.visionEmbeds` */
  visionEmbeds: Float32Array;
}

/**
 * A loaded model. Calls block the thread and must not overlap: whoever serves requests keeps it in a worker.
 * Every method throws AppError `invalid-input` for operands that do not fit the model or a model of another kind.
 */
export interface ModelEngine {
  /** @param pixels normalized frames [B, T, 3, S, S] */
  encodeVideo(pixels: Float32Array, batch: number): Promise<VideoEncoding>;
  /** @param pixels normalized frames [B, T, 3, S, S] */
  classify(pixels: Float32Array, batch: number): Promise<VideoClassification>;
  encodeText(tokens: TokenBatch): Promise<TextEncoding>;
  /**
   * The matching logit of each pair, [max(N, M)]: texts and videos pair up one to one, and a single one of either
   * meets all of the other.
   */
  matchScores(texts: MatchTexts, videos: MatchVideos): Promise<Float32Array>;
  close(): Promise<void>;
}
