import type { TimeRange } from '../domain/time-range.js';
import type { Embedding } from './encoders.js';

/** What the video encoder makes of a clip. A language model with a resampler looks at the tokens. */
export interface ClipFeatures {
  /** The model's fingerprint; tokens of one model mean nothing to another. */
  modelFingerprint: string;
  /** The same vector `VideoEncoder` gives. */
  embedding: Embedding;
  /** Patch tokens after the last norm, [T'P, C]. */
  tokens: Float32Array;
}

/** A stretch of a stored video, as the catalog knows it. */
export interface StoredClip extends TimeRange {
  /** File of the video. */
  path: string;
}

/**
 * Features of clips that are in the library. Not stored: a clip's tokens are some hundred times its vector, and making
 * them again takes the time of one ingest step.
 */
export interface ClipFeatureSource {
  readonly modelFingerprint: string;
  /** @throws AppError as `MediaReader` and `Reranker.describeVideo`. */
  features(clip: StoredClip, signal?: AbortSignal): Promise<ClipFeatures>;
}
