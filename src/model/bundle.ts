/**
 * The bundle: a folder with `bundle.json`, `weights.safetensors` and `tokenizer.json`, and the two files of a decoder.
 * Described byte for byte in `docs/bundle-format.md`.
 */

/** VideoMamba's geometry. */
export interface VideoArchitecture {
  /** C, width of the token stream. */
  width: number;
  /** Number of bidirectional Mamba blocks. */
  depth: number;
  /** N, states per channel. */
  stateSize: number;
  /** Taps of the depthwise causal convolution. */
  convWidth: number;
  /** E / C. */
  expand: number;
  /** Rank of the delta projection, ceil(C / 16) in every published checkpoint. */
  dtRank: number;
  /** Edge of a square patch in pixels. */
  patchSize: number;
  /** Frames per patch (tube). */
  tubelet: number;
  /** Edge of the square input in pixels. */
  imageSize: number;
  /** T, input frames per clip. */
  frames: number;
  /** Epsilon of the RMSNorms and of the pooling LayerNorm. */
  normEps: number;
}

/** BERT's geometry; layers from `fusionLayer` on cross-attend to the vision tokens (re-ranker). */
export interface TextArchitecture {
  hidden: number;
  /** All layers, fusion layers included. */
  layers: number;
  /** Layers below are the text encoder; `layers - fusionLayer` fusion layers follow. */
  fusionLayer: number;
  heads: number;
  intermediate: number;
  vocabulary: number;
  maxPosition: number;
  layerNormEps: number;
  /** Longest token sequence, [CLS] and [SEP] included. */
  maxTokens: number;
}

export interface Preprocessing {
  /** Bicubic (a = -0.75), aspect ratio ignored; `antialias` widens the filter when shrinking. */
  antialias: boolean;
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

/**
 * The decoder that answers questions: a resampler makes a soft prompt of the video encoder's tokens, a small language
 * model continues it. Its weights and words lie in files of their own, so that a bundle's vectors do not depend on it.
 */
export interface DecoderArchitecture {
  /** Width of prompt and language model, a multiple of `heads`. */
  hidden: number;
  heads: number;
  /** Cells of time, height and width that the clip is cut into; each has a query of the resampler, and so a token of the soft prompt. */
  cells: readonly [times: number, rows: number, columns: number];
  resamplerLayers: number;
  resamplerIntermediate: number;
  layers: number;
  intermediate: number;
  vocabulary: number;
  /** Tokens of question and answer together, [CLS] and [SEP] included. */
  maxPosition: number;
  /** Longest question in tokens, [CLS] and [SEP] included. */
  maxTokens: number;
  /** Epsilon of the RMSNorms. */
  normEps: number;
  /** Fingerprint of the bundle it was trained on: tokens of another encoder mean nothing to it. */
  encoderFingerprint: string;
  /** The question whose answer is a caption. */
  captionQuestion: string;
  /** What it says when the clip does not tell. */
  abstention: string;
}

/** How the large products of the video encoder are computed on a CPU: exactly, or on 8-bit integers at half the time. */
export type Precision = 'f32' | 'int8';

/**
 * How a video is cut: first at its cuts, then every shot into overlapping windows, or one clip if it is no longer than
 * `windowSeconds` * 1.5.
 */
export interface ClipWindowing {
  windowSeconds: number;
  strideSeconds: number;
  /** False: windows go over cuts, which saves looking at every frame. True when absent. */
  shots?: boolean | undefined;
}

interface BundleHead {
  format: 'videre-bundle/1';
  name: string;
  license: string;
  /** Where the weights come from: free-form facts (source file, hash, seeds, dates). */
  provenance: Record<string, unknown>;
  video: VideoArchitecture;
  preprocessing: Preprocessing;
  clips: ClipWindowing;
  /** What the bundle's maker found accurate enough; f32 when absent. */
  cpuPrecision?: Precision | undefined;
}

export interface RetrievalBundle extends BundleHead {
  kind: 'retrieval';
  text: TextArchitecture;
  /** Width of the shared space. */
  projection: number;
  /** Absent: the bundle answers no questions. */
  decoder?: DecoderArchitecture | undefined;
}

export interface ClassificationBundle extends BundleHead {
  kind: 'classification';
  classes: number;
}

export type BundleDescription = RetrievalBundle | ClassificationBundle;
