import type { RetrievalBundle, TextArchitecture } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import { GraphWriter, type Value } from '../onnx/graph-writer.js';
import { affine, tensorOfShape, unitVector, weight } from '../onnx/layers.js';
import { writeBertLayer } from './layer.js';

/**
 * The text encoder: `ids` int64 [N, L] and `mask` int32 [N, L] (0 = padding) ->
 * `text_embeds` [N, L, hidden] (meaningless at padding), `projected` [N, D] from the first token, and that as a unit
 * vector, `embedding` [N, D].
 */
export function textGraph(bundle: LoadedBundle, { text, projection }: RetrievalBundle): Uint8Array {
  const g = new GraphWriter('bert_text_encoder');
  const ids = g.input('ids', 'int64', ['texts', 'length']);
  const mask = g.input('mask', 'int32', ['texts', 'length']);
  let states = writeEmbeddings(g, bundle, text, ids);
  for (let index = 0; index < text.fusionLayer; index++) {
    states = writeBertLayer(g, bundle, text, index, states, mask);
  }
  const first = g.node('Gather', [states, g.integer(0)], { axis: 1 });
  const projected = affine(g, bundle, first, 'text_proj', [projection, text.hidden]);
  g.output('text_embeds', states, ['texts', 'length', text.hidden]);
  g.output('projected', projected, ['texts', projection]);
  g.output('embedding', unitVector(g, projected), ['texts', projection]);
  return g.finish();
}

/** Word + position + token type 0 (there is only one sentence), normalized: [N, L, hidden]. */
function writeEmbeddings(g: GraphWriter, bundle: LoadedBundle, text: TextArchitecture, ids: Value): Value {
  const { hidden, vocabulary, maxPosition, layerNormEps } = text;
  const module = 'text_encoder.bert.embeddings';
  const words = weight(g, bundle, `${module}.word_embeddings.weight`, [vocabulary, hidden]);
  const position = tensorOfShape(bundle, `${module}.position_embeddings.weight`, [maxPosition, hidden]);
  const type = bundle.tensor(`${module}.token_type_embeddings.weight`);
  const places = g.weight(
    'places',
    position.map((value, index) => value + type[index % hidden]!),
    [maxPosition, hidden],
  );
  const length = g.node('Shape', [ids], { start: 1, end: 2 });
  const used = g.node('Slice', [places, g.integers(0), length, g.integers(0)]);
  return g.node(
    'LayerNormalization',
    [
      g.node('Add', [g.node('Gather', [words, ids]), used]),
      weight(g, bundle, `${module}.LayerNorm.weight`, [hidden]),
      weight(g, bundle, `${module}.LayerNorm.bias`, [hidden]),
    ],
    { epsilon: { float: layerNormEps }, axis: -1 },
  );
}
