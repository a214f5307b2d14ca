import type { ClipFrames } from './encoders.js';

/** What callers need to know of the loaded classification model. */
export interface ClassifierInfo {
  name: string;
  /** Hex SHA-256 over everything that decides a score. */
  fingerprint: string;
  classes: number;
  framesPerClip: number;
  /** Which scan kernel runs: `avx512`, `avx2`, `scalar` or `typescript`. */
  kernel: string;
}

/** Tells which of a fixed list of classes a clip shows. */
export interface VideoClassifier {
  readonly model: ClassifierInfo;
  /** The logits of each clip, one a class. */
  classify(clips: readonly ClipFrames[], signal?: AbortSignal): Promise<Float32Array[]>;
  close(): Promise<void>;
}
