/** The two directions of a block; the backward one reads the tokens from last to first with parameters of its own. */
export const directions = ['forward', 'backward'] as const;
export type Direction = (typeof directions)[number];

/** How the reference marks the backward direction's modules (`conv1d_b`, `x_proj_b`, `A_b_log`). */
export const suffixOf: Record<Direction, string> = { forward: '', backward: '_b' };

/** The mixer of block `block`, as the reference names it. */
export function mixerOf(block: number): string {
  return `vision_encoder.layers.${block}.mixer`;
}

/** The norm before block `block`'s mixer, or, past the last of `depth` blocks, the final one. */
export function normWeight(block: number, depth: number): string {
  return block < depth ? `vision_encoder.layers.${block}.norm.weight` : 'vision_encoder.norm.weight';
}
