import type { LoadedBundle } from '../loaded-bundle.js';
import type { GraphWriter, Value } from '../onnx/graph-writer.js';
import { linear, silu, tensorOfShape, weight } from '../onnx/layers.js';
import type { VideoGeometry } from './geometry.js';
import { type Direction, directions, suffixOf } from './tensor-names.js';

/**
 * The part of block `index` before its scan, from the normalized tokens [B, L, C]; everything the scan reads becomes an
 * output of the graph: z, and for each direction u, delta [B, L, E] and bc [B, L, dtRank + 2 N], in which B and C are
 * columns. All in natural token order: the backward direction's causal convolution over reversed tokens is an
 * anti-causal one with its taps reversed.
 */
export function writeBlockStart(
  g: GraphWriter,
  bundle: LoadedBundle,
  mixer: string,
  geometry: VideoGeometry,
  normalized: Value,
): void {
  const { width, dtRank, stateSize } = bundle.description.video;
  const { tokens, channels } = geometry;
  const bc = dtRank + 2 * stateSize;
  // One product with the whole of in_proj would have to be cut in two, which costs a copy; two products do not.
  const inProj = tensorOfShape(bundle, `${mixer}.in_proj.weight`, [2 * channels, width]);
  const half = channels * width;
  const wX = g.weight('in_proj_x', inProj.subarray(0, half), [channels, width]);
  const wZ = g.weight('in_proj_z', inProj.subarray(half), [channels, width]);
  const x = g.microsoft('FusedMatMul', [normalized, wX], { transB: 1 });
  g.output('z', g.microsoft('FusedMatMul', [normalized, wZ], { transB: 1 }), ['batch', tokens, channels]);

  for (const direction of directions) {
    const suffix = suffixOf[direction];
    const u = silu(g, writeDepthwiseConvolution(g, bundle, mixer, geometry, direction, x));
    const projected = linear(g, bundle, u, `${mixer}.x_proj${suffix}.weight`, [bc, channels]);
    const low = g.node('Slice', [projected, g.integers(0), g.integers(dtRank), g.integers(2)]);
    const delta = linear(g, bundle, low, `${mixer}.dt_proj${suffix}.weight`, [channels, dtRank]);
    g.output(`u_${direction}`, u, ['batch', tokens, channels]);
    g.output(`delta_${direction}`, delta, ['batch', tokens, channels]);
    g.output(`bc_${direction}`, projected, ['batch', tokens, bc]);
  }
}

/**
 * Depthwise convolution along the tokens of x [B, L, E]. Written as a 2D convolution one pixel high between two
 * transposes: ONNX Runtime then folds the transposes into its blocked-channel layout (NCHWc), which it does not do for
 * a 1D convolution. Measured for L 393, E 384 with its SiLU: 0.23 ms; 1D convolution 0.33, four shifted products 0.37,
 * CausalConvWithState 0.65.
 */
function writeDepthwiseConvolution(
  g: GraphWriter,
  bundle: LoadedBundle,
  mixer: string,
  { tokens, channels }: VideoGeometry,
  direction: Direction,
  x: Value,
): Value {
  const taps = bundle.description.video.convWidth;
  const name = `${mixer}.conv1d${suffixOf[direction]}`;
  const stored = tensorOfShape(bundle, `${name}.weight`, [channels, 1, taps]);
  const kernel = direction === 'forward' ? stored : reverseRows(stored, taps);
  const pads = direction === 'forward' ? [0, taps - 1, 0, 0] : [0, 0, 0, taps - 1];
  const image = g.node('Reshape', [x, g.integers(0, 1, tokens, channels)]);
  const convolved = g.node(
    'Conv',
    [
      g.node('Transpose', [image], { perm: [0, 3, 1, 2] }),
      g.weight(`${name}.weight`, kernel, [channels, 1, 1, taps]),
      weight(g, bundle, `${name}.bias`, [channels]),
    ],
    { group: channels, kernel_shape: [1, taps], pads },
  );
  const back = g.node('Transpose', [convolved], { perm: [0, 2, 3, 1] });
  return g.node('Reshape', [back, g.integers(0, tokens, channels)]);
}

/** Each row of `length` values back to front. */
function reverseRows(values: Float32Array, length: number): Float32Array {
  const reversed = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += length) {
    reversed.set(values.slice(start, start + length).reverse(), start);
  }
  return reversed;
}

/**
 * The part of a block after its scan, and the norm that follows it, fused in one operator: out_proj, residual add
 * (float32), RMSNorm with `gamma`.
 * @param scanned gated output of the scan [B, L, E]
 * @param residual [B, L, C]
 */
export function writeBlockEnd(
  g: GraphWriter,
  bundle: LoadedBundle,
  mixer: string,
  geometry: VideoGeometry,
  scanned: Value,
  residual: Value,
  gamma: string,
): { normalized: Value; residual: Value } {
  const { width, normEps } = bundle.description.video;
  const hidden = linear(g, bundle, scanned, `${mixer}.out_proj.weight`, [width, geometry.channels]);
  const [normalized, , , sum] = g.microsoftOutputs(
    'SkipSimplifiedLayerNormalization',
    [hidden, residual, weight(g, bundle, gamma, [width])],
    { epsilon: { float: normEps } },
    ['normalized', '', '', 'sum'],
  );
  return { normalized: normalized!, residual: sum! };
}
