import type { ClipFeatures } from '../../ports/clip-features.js';

/** Turns the features of a clip into token embeddings of a served model. */
export interface Projector {
  /** The video model whose features it reads. */
  modelFingerprint: string;
  /** @returns [tokens, hidden] */
  project(features: ClipFeatures): { tokens: number; hidden: number; values: Float32Array };
}
