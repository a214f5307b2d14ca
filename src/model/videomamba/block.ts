import type { Precision } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import type { GraphWriter, Value } from '../onnx/graph-writer.js';
import { linear, weight } from '../onnx/layers.js';
import { quantizedLinear } from '../onnx/quantized-linear.js';
import type { VideoGeometry } from './geometry.js';

/** The products that hold nine tenths of a block's arithmetic; the smaller ones stay exact. */
const largeProduct: Record<Precision, typeof linear> = { f32: linear, int8: quantizedLinear };

/** in_proj, from the normalized tokens [B, L, C] to the block's inner tokens x and its gate z side by side, [B, L, 2 E]. */
export function writeBlockStart(
  g: GraphWriter,
  bundle: LoadedBundle,
  mixer: string,
  { channels }: VideoGeometry,
  normalized: Value,
  precision: Precision,
): Value {
  const { width } = bundle.description.video;
  return largeProduct[precision](g, bundle, normalized, `${mixer}.in_proj.weight`, [2 * channels, width]);
}

/**
 * The part of a block after its scan, and the norm that follows it: out_proj, then in one operator the residual add
 * (float32) and RMSNorm with `gamma`.
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
  precision: Precision,
): { hidden: Value; normalized: Value; residual: Value } {
  const { width, normEps } = bundle.description.video;
  const hidden = largeProduct[precision](g, bundle, scanned, `${mixer}.out_proj.weight`, [
    width,
    geometry.channels,
  ]);
  const [normalized, , , sum] = g.microsoftOutputs(
    'SkipSimplifiedLayerNormalization',
    [hidden, residual, weight(g, bundle, gamma, [width])],
    { epsilon: { float: normEps } },
    ['normalized', '', '', 'sum'],
  );
  return { hidden, normalized: normalized!, residual: sum! };
}
