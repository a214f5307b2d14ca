import type { LoadedBundle } from '../loaded-bundle.js';
import type { GraphWriter, Value } from '../onnx/graph-writer.js';
import { affine, linear, weight } from '../onnx/layers.js';

export interface AttentionOperands {
  /** Hidden states that ask, [N, Lq, hidden]. */
  query: Value;
  /** Hidden states that are asked, [N, Lk, width]; the same as `query` for self-attention. */
  memory: Value;
  memoryWidth: number;
  /** 1 = look, 0 = padding, int32 [N, Lk]; absent: look at everything. */
  mask?: Value;
}

/** One BERT attention module (`attention` or `crossattention`): multi-head attention, output layer, post-norm. */
export function writeAttention(
  g: GraphWriter,
  bundle: LoadedBundle,
  module: string,
  { hidden, heads, layerNormEps }: { hidden: number; heads: number; layerNormEps: number },
  { query, memory, memoryWidth, mask }: AttentionOperands,
): Value {
  const q = affine(g, bundle, query, `${module}.self.query`, [hidden, hidden]);
  const k = affine(g, bundle, memory, `${module}.self.key`, [hidden, memoryWidth]);
  const v = affine(g, bundle, memory, `${module}.self.value`, [hidden, memoryWidth]);
  const operands = mask === undefined ? [q, k, v] : [q, k, v, '', mask];
  const attended = g.microsoft('MultiHeadAttention', operands, { num_heads: heads });
  return writeOutput(g, bundle, `${module}.output`, [hidden, hidden], layerNormEps, attended, query);
}

/** BERT's output layer: LayerNorm(residual + W x + b). */
export function writeOutput(
  g: GraphWriter,
  bundle: LoadedBundle,
  module: string,
  sizes: readonly [output: number, input: number],
  layerNormEps: number,
  x: Value,
  residual: Value,
): Value {
  const [width] = sizes;
  const parameters = ['LayerNorm.weight', 'LayerNorm.bias', 'dense.bias'];
  return g.microsoft(
    'SkipLayerNormalization',
    [
      linear(g, bundle, x, `${module}.dense.weight`, sizes),
      residual,
      ...parameters.map((name) => weight(g, bundle, `${module}.${name}`, [width])),
    ],
    { epsilon: { float: layerNormEps } },
  );
}
