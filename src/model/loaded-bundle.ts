import type { BundleDescription, DecoderArchitecture } from './bundle.js';

/** Named weights, checked and finite. */
export interface TensorSource {
  /** @throws AppError `invalid-model` when no tensor has this name. */
  shape(name: string): readonly number[];
  /**
   * The values in row-major order, upcast to float32. Read anew on every call, so a caller that needs a tensor
   * twice keeps it; the array is the caller's to use but may be shared: do not write into it.
   * @throws AppError `invalid-model` when no tensor has this name.
   */
  tensor(name: string): Float32Array;
}

/** A bundle ready for an engine, read from a folder or made in memory from a checkpoint; nothing in it can be changed. */
export interface LoadedBundle extends TensorSource {
  readonly description: BundleDescription;
  /** Hex SHA-256 over everything that decides a vector: architecture, preprocessing, weights, tokenizer. */
  readonly fingerprint: string;
  /** Absolute path of `tokenizer.json`; undefined when the model reads no text or was made without one. */
  readonly tokenizerPath: string | undefined;
  has(name: string): boolean;
}

/** The decoder of a bundle, ready for an engine. */
export interface LoadedDecoder extends TensorSource {
  readonly architecture: DecoderArchitecture;
  /** Absolute path of its own tokenizer: it knows words of questions that the text encoder has never met. */
  readonly tokenizerPath: string;
}
