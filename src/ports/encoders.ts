import type { ClipWindowing } from '../model/bundle.js';

/** A vector in the space shared by videos and texts; length = `ModelInfo.dimension`. Compared by inner product. */
export type Embedding = Float32Array;

/** What callers need to know of the loaded model. */
export interface ModelInfo {
  name: string;
  /** Hex SHA-256 over everything that decides a vector; vectors of different fingerprints are never mixed. */
  fingerprint: string;
  dimension: number;
  framesPerClip: number;
  clips: ClipWindowing;
  /** What encodes videos: `cuda`, or on the CPU its scan kernel, `avx512`, `avx2`, `scalar` or `typescript`. */
  kernel: string;
  /** Why the CPU encodes although the CUDA engine is built; absent where there is nothing to say. */
  engineNote?: string;
}

/** The sampled frames of one clip, before resize and normalization. */
export interface ClipFrames {
  width: number;
  height: number;
  /** RGB, 8 bit, [height, width, 3] each; exactly `framesPerClip` of them (the last repeated if the clip has fewer). */
  frames: readonly Uint8Array[];
}

export interface VideoEncoder {
  readonly model: ModelInfo;
  /** One vector a clip, of norm at most 1 (mean over frames of unit vectors, not normalized again). */
  encode(clips: readonly ClipFrames[], signal?: AbortSignal): Promise<Embedding[]>;
  close(): Promise<void>;
}

export interface TextEncoder {
  readonly model: ModelInfo;
  /** One unit vector a text. */
  encode(texts: readonly string[], signal?: AbortSignal): Promise<Embedding[]>;
  close(): Promise<void>;
}
