import type { RetrievalBundle } from '../../src/model/bundle.js';
import type { LoadedBundle } from '../../src/model/loaded-bundle.js';
import { add, gelu, layerNorm, multiply, type Sequence, softmax, type Vector } from './reference-layers.js';

/**
 * Hidden states of the layers below the fusion layers, for one text without padding.
 * @param ids token ids, [CLS] and [SEP] included
 */
export function referenceText(bundle: LoadedBundle, ids: readonly number[]): Sequence {
  const { text } = bundle.description as RetrievalBundle;
  const table = (name: string, row: number) =>
    bundle
      .tensor(`text_encoder.bert.embeddings.${name}.weight`)
      .slice(row * text.hidden, (row + 1) * text.hidden);
  let states: Sequence = ids.map((id, position) => {
    const word = Array.from(table('word_embeddings', id));
    const sum = add(add(word, table('position_embeddings', position)), table('token_type_embeddings', 0));
    return norm(bundle, 'text_encoder.bert.embeddings', sum);
  });
  for (let index = 0; index < text.fusionLayer; index++) states = layer(bundle, index, states);
  return states;
}

/** The matching logit of one text with one video's patch tokens. */
export function referenceMatch(bundle: LoadedBundle, textStates: Sequence, vision: Sequence): number {
  const { text } = bundle.description as RetrievalBundle;
  let states = textStates;
  for (let index = text.fusionLayer; index < text.layers; index++)
    states = layer(bundle, index, states, vision);
  return affine(bundle, 'itm_head', states[0]!)[1]!;
}

export function affine(bundle: LoadedBundle, module: string, x: Vector): Vector {
  return add(multiply(bundle.tensor(`${module}.weight`), x), bundle.tensor(`${module}.bias`));
}

function norm(bundle: LoadedBundle, module: string, x: Vector): Vector {
  const { text } = bundle.description as RetrievalBundle;
  const [gamma, beta] = [
    bundle.tensor(`${module}.LayerNorm.weight`),
    bundle.tensor(`${module}.LayerNorm.bias`),
  ];
  return layerNorm(x, gamma, beta, text.layerNormEps);
}

function layer(bundle: LoadedBundle, index: number, states: Sequence, vision?: Sequence): Sequence {
  const name = `text_encoder.bert.encoder.layer.${index}`;
  let attended = attention(bundle, `${name}.attention`, states, states);
  if (vision !== undefined) attended = attention(bundle, `${name}.crossattention`, attended, vision);
  return attended.map((state) => {
    const wide = affine(bundle, `${name}.intermediate.dense`, state).map(gelu);
    return norm(bundle, `${name}.output`, add(affine(bundle, `${name}.output.dense`, wide), state));
  });
}

function attention(bundle: LoadedBundle, module: string, states: Sequence, memory: Sequence): Sequence {
  const { text } = bundle.description as RetrievalBundle;
  const size = text.hidden / text.heads;
  const keys = memory.map((token) => affine(bundle, `${module}.self.key`, token));
  const values = memory.map((token) => affine(bundle, `${module}.self.value`, token));
  return states.map((state) => {
    const query = affine(bundle, `${module}.self.query`, state);
    const context = Array.from({ length: text.heads }, (_, head) => {
      const part = (x: Vector) => x.slice(head * size, (head + 1) * size);
      const asked = part(query);
      const scores = keys.map(
        (key) => part(key).reduce((sum, value, i) => sum + value * asked[i]!, 0) / Math.sqrt(size),
      );
      const weights = softmax(scores);
      return Array.from({ length: size }, (_, i) =>
        weights.reduce((sum, weight, token) => sum + weight * part(values[token]!)[i]!, 0),
      );
    }).flat();
    return norm(bundle, `${module}.output`, add(affine(bundle, `${module}.output.dense`, context), state));
  });
}
