import type { BundleDescription } from '../bundle.js';
import { videoTensorNames } from '../bundle-tensors.js';

/** The two directions of a block; the backward one reads the tokens from last to first with parameters of its own. */
export const directions = ['forward', 'backward'] as const;
export type Direction = (typeof directions)[number];

/** How the reference marks the backward direction's modules (`conv1d_b`, `x_proj_b`, `A_b_log`). */
export const suffixOf: Record<Direction, string> = { forward: '', backward: '_b' };

/** The mixer of block `block`, as the reference names it. */
export function mixerOf({ kind }: BundleDescription, block: number): string {
  return `${videoTensorNames(kind).prefix}layers.${block}.mixer`;
}

/** The norm before block `block`'s mixer, or, past the last block, the final one. */
export function normWeight({ kind, video }: BundleDescription, block: number): string {
  const { prefix, lastNorm } = videoTensorNames(kind);
  return block < video.depth ? `${prefix}layers.${block}.norm.weight` : `${lastNorm}.weight`;
}
