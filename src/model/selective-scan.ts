/**
 * The selective scan as Videre calls it: channel-last, both directions of a block in one call.
 * For each direction, with delta' = softplus(delta + deltaBias):
 *   h_t = exp(delta'_t A) h_{t-1} + delta'_t B_t u_t;   y_t = C_t . h_t + D u_t
 * and out = (y_forward + y_backward) * SiLU(z).  Mamba (Gu & Dao 2023, section 3.2), VideoMamba (Li et al. 2024).
 */
export interface ScanShape {
  /** B */
  batch: number;
  /** L, tokens */
  length: number;
  /** E, channels */
  channels: number;
  /** N, states per channel */
  states: number;
}

export interface ScanDirection {
  /** [B, L, E] */
  u: Float32Array;
  /** [B, L, E], before bias and softplus; of low rank where there is a `deltaProjection`. */
  delta: Float32Array;
  /**
   * [R, E]. Given: row (b, t) of `delta` starts at (b * L + t) * bcStride and holds R values, which the kernel multiplies
   * with this, so that the whole delta, as large as u, never goes through memory.
   */
  deltaProjection?: Float32Array;
  /** R */
  deltaRank?: number;
  /** [E, N], negative (already -exp(A_log)) */
  A: Float32Array;
  /** Row (b, t) starts at (b * L + t) * bcStride and holds N values; a view into x_proj's output will do. */
  B: Float32Array;
  C: Float32Array;
  bcStride: number;
  /** [E] */
  D: Float32Array;
  /** [E] */
  deltaBias: Float32Array;
}

export interface ScanInput {
  /** Tokens in order 0..L-1. */
  forward?: ScanDirection;
  /** Tokens in order L-1..0; tensors are stored in natural token order, only the recurrence runs backwards. */
  backward?: ScanDirection;
  /** Gate; row (b, t) starts at (b * L + t) * zStride and holds E values. Absent: no gate. */
  z?: Float32Array;
  zStride?: number;
}

export interface SelectiveScanKernel {
  readonly name: 'avx512' | 'avx2' | 'scalar' | 'typescript' | 'cuda';
  /**
   * Fills `out` [B, L, E]. Synchronous: call it from a worker, never from the HTTP thread.
   * @throws AppError `invalid-input` naming the operand whose length does not fit the shape.
   */
  run(shape: ScanShape, input: ScanInput, out: Float32Array): void;
}
