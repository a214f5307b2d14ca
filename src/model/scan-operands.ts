import type { SelectiveScanKernel } from './selective-scan.js';

/**
 * What the two scans of a block read, from its inner tokens x. For each direction:
 *   u_t = SiLU(bias + sum_d taps_d x_{t -+ d});   projected_t = u_t projection
 * t - d forward, t + d backward: everything is stored in natural token order, so the backward direction's causal
 * convolution over reversed tokens is an anti-causal one. Tokens beyond the sequence count as 0.
 * Mamba (Gu & Dao 2023, figure 3), VideoMamba (Li et al. 2024).
 */
export interface OperandShape {
  /** B */
  batch: number;
  /** L, tokens */
  length: number;
  /** E, channels */
  channels: number;
  /** W, of the convolution */
  taps: number;
  /** P, values projected from a token: the low-rank delta, B and C of the scan, side by side */
  projected: number;
}

export interface OperandWeights {
  /** [W, E], tap 0 is the token's own */
  taps: Float32Array;
  /** [E] */
  bias: Float32Array;
  /** [E, P] */
  projection: Float32Array;
}

export interface OperandInput {
  /** Row (b, t) starts at (b * L + t) * xStride and holds E values. */
  x: Float32Array;
  xStride: number;
  forward: OperandWeights;
  backward: OperandWeights;
}

export interface DirectionOperands {
  /** [B, L, E] */
  u: Float32Array;
  /** [B, L, P] */
  projected: Float32Array;
}

export interface OperandOutput {
  forward: DirectionOperands;
  backward: DirectionOperands;
}

/** The parts of a bidirectional Mamba block between its two large products. */
export interface BlockKernel extends SelectiveScanKernel {
  /** Whether the machine multiplies 8-bit integers without an intermediate sum that overflows (VNNI on x86). */
  readonly int8DotProduct: boolean;
  /**
   * Fills `output`, which overlaps neither the input nor itself. Synchronous, as `run` is.
   * @throws AppError `invalid-input` naming the operand whose length does not fit the shape.
   */
  makeOperands(shape: OperandShape, input: OperandInput, output: OperandOutput): void;
}
