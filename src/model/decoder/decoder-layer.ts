import type { DecoderArchitecture } from '../bundle.js';
import type { TensorSource } from '../loaded-bundle.js';
import type { GraphWriter, Value } from '../onnx/graph-writer.js';
import { linear, weight } from '../onnx/layers.js';

/** RMSNorm with the gain `name`.weight. */
export function writeNorm(
  g: GraphWriter,
  weights: TensorSource,
  x: Value,
  name: string,
  { hidden, normEps }: DecoderArchitecture,
): Value {
  return g.node('SimplifiedLayerNormalization', [x, weight(g, weights, `${name}.weight`, [hidden])], {
    epsilon: { float: normEps },
    axis: -1,
  });
}

/** One projection of attention, [1, n, hidden] -> [1, n, hidden]. */
export function writeProjection(
  g: GraphWriter,
  weights: TensorSource,
  x: Value,
  layer: string,
  part: 'query' | 'key' | 'value' | 'output',
  { hidden }: DecoderArchitecture,
): Value {
  return linear(g, weights, x, `${layer}.attention.${part}.weight`, [hidden, hidden]);
}

/** What follows attention in a layer (pre-norm): residual, feed-forward with exact GELU, residual. */
export function writeLayerEnd(
  g: GraphWriter,
  weights: TensorSource,
  layer: string,
  decoder: DecoderArchitecture,
  intermediate: number,
  { residual, attended }: { residual: Value; attended: Value },
): Value {
  const { hidden } = decoder;
  const x = g.node('Add', [residual, writeProjection(g, weights, attended, layer, 'output', decoder)]);
  const normed = writeNorm(g, weights, x, `${layer}.feed_forward_norm`, decoder);
  const wide = linear(g, weights, normed, `${layer}.feed_forward.up.weight`, [intermediate, hidden]);
  const narrow = linear(g, weights, g.node('Gelu', [wide]), `${layer}.feed_forward.down.weight`, [
    hidden,
    intermediate,
  ]);
  return g.node('Add', [x, narrow]);
}
