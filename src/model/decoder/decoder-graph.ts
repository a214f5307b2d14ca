import type { LoadedDecoder } from '../loaded-bundle.js';
import { GraphWriter, type Value } from '../onnx/graph-writer.js';
import { linear, weight } from '../onnx/layers.js';
import { writeLayerEnd, writeNorm, writeProjection } from './decoder-layer.js';

/** Names of what layer `index` keeps of the tokens it has read: the keys and values, [1, heads, tokens, hidden / heads]. */
export function cacheNames(index: number) {
  return {
    pastKey: `past_key_${index}`,
    pastValue: `past_value_${index}`,
    key: `key_${index}`,
    value: `value_${index}`,
  };
}

/**
 * A step of the language model: `prompt` [1, Q or 0, hidden] and `ids` int64 [1, L or 0] are read after what the cache
 * holds, the first id at `position` int64 [1] -> `logits` [1, V] of the token after the last, and the longer cache.
 *
 * What is read in one step sees itself in both directions, and all that was read before. One graph for three uses: the
 * prompt is read alone, with an empty cache; then the question; then every token of the answer by itself. So nothing is
 * ever masked.
 */
export function decoderGraph(decoder: LoadedDecoder): Uint8Array {
  const { architecture } = decoder;
  const { hidden, layers, intermediate, vocabulary, maxPosition } = architecture;
  const g = new GraphWriter('decoder_step');
  const prompt = g.input('prompt', 'float32', [1, 'prompt', hidden]);
  const ids = g.input('ids', 'int64', [1, 'length']);
  const position = g.input('position', 'int64', [1]);

  const words = weight(g, decoder, 'decoder.words.weight', [vocabulary, hidden]);
  const places = weight(g, decoder, 'decoder.positions.weight', [maxPosition, hidden]);
  const end = g.node('Add', [position, g.node('Shape', [ids], { start: 1, end: 2 })]);
  const used = g.node('Slice', [places, position, end, g.integers(0)]);
  const read = g.node('Add', [g.node('Gather', [words, ids]), used]);

  let x = g.node('Concat', [prompt, read], { axis: 1 });
  for (let index = 0; index < layers; index++) {
    const layer = `decoder.layers.${index}`;
    const normed = writeNorm(g, decoder, x, `${layer}.attention_norm`, architecture);
    const attended = writeCachedAttention(g, decoder, index, normed);
    x = writeLayerEnd(g, decoder, layer, architecture, intermediate, { residual: x, attended });
  }
  const last = g.node('Gather', [x, g.integer(-1)], { axis: 1 });
  const normed = writeNorm(g, decoder, last, 'decoder.norm', architecture);
  g.output('logits', linear(g, decoder, normed, 'decoder.words.weight', [vocabulary, hidden]), [
    1,
    vocabulary,
  ]);
  return g.finish();
}

/** Attention of the tokens being read, [1, n, hidden], to themselves and to all that were read before. */
function writeCachedAttention(g: GraphWriter, decoder: LoadedDecoder, index: number, input: Value): Value {
  const { hidden, heads } = decoder.architecture;
  const size = hidden / heads;
  const layer = `decoder.layers.${index}`;
  const names = cacheNames(index);
  const split = (value: Value) =>
    g.node('Transpose', [g.node('Reshape', [value, g.integers(1, -1, heads, size)])], { perm: [0, 2, 1, 3] });
  const project = (part: 'query' | 'key' | 'value') =>
    split(writeProjection(g, decoder, input, layer, part, decoder.architecture));
  const extend = (past: string, name: string, value: Value) => {
    const before = g.input(past, 'float32', [1, heads, 'past', size]);
    const all = g.node('Concat', [before, value], { axis: 2 });
    g.output(name, all, [1, heads, 'tokens', size]);
    return all;
  };
  const query = project('query');
  const key = extend(names.pastKey, names.key, project('key'));
  const value = extend(names.pastValue, names.value, project('value'));
  const scale = { float: 1 / Math.sqrt(size) };
  const scores = g.microsoft('FusedMatMul', [query, key], { transB: 1, alpha: scale });
  const context = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), value]);
  return g.node('Reshape', [
    g.node('Transpose', [context], { perm: [0, 2, 1, 3] }),
    g.integers(1, -1, hidden),
  ]);
}
