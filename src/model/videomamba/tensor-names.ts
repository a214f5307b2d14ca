import type { LoadedBundle } from '../loaded-bundle.js';

/** The two directions of a block; the backward one reads the tokens from last to first with parameters of its own. */
export const directions = ['forward', 'backward'] as const;
export type Direction = (typeof directions)[number];

/** How the reference marks the backward direction's modules (`conv1d_b`, `x_proj_b`, `A_b_log`). */
export const suffixOf: Record<Direction, string> = { forward: '', backward: '_b' };

/** Where the video encoder's tensors are: as the reference names them in its two kinds of checkpoints. */
export function visionPrefix(bundle: LoadedBundle): string {
  return bundle.description.kind === 'retrieval' ? 'vision_encoder.' : '';
}

export function mixerPrefix(bundle: LoadedBundle, block: number): string {
  return `${visionPrefix(bundle)}layers.${block}.mixer.`;
}

/** The norm before block `block`'s mixer, or after the last block. */
export function normWeight(bundle: LoadedBundle, block: number): string {
  if (block < bundle.description.video.depth) return `${visionPrefix(bundle)}layers.${block}.norm.weight`;
  return bundle.description.kind === 'retrieval' ? 'vision_encoder.norm.weight' : 'norm_f.weight';
}
