import type { TextArchitecture } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import type { GraphWriter, Value } from '../onnx/graph-writer.js';
import { affine } from '../onnx/layers.js';
import { writeAttention, writeOutput } from './attention.js';

/** What a fusion layer looks at besides the text. */
export interface VisionMemory {
  /** [N, T'P, width] */
  tokens: Value;
  width: number;
}

/**
 * Layer `index` of BERT (Devlin et al. 2018, post-norm, exact GELU): self-attention on the text, cross-attention to the
 * vision tokens when there are any, feed-forward.
 * @param states [N, L, hidden]
 * @param mask int32 [N, L], 0 = padding
 */
export function writeBertLayer(
  g: GraphWriter,
  bundle: LoadedBundle,
  text: TextArchitecture,
  index: number,
  states: Value,
  mask: Value,
  vision?: VisionMemory,
): Value {
  const layer = `text_encoder.bert.encoder.layer.${index}`;
  let attended = writeAttention(g, bundle, `${layer}.attention`, text, {
    query: states,
    memory: states,
    memoryWidth: text.hidden,
    mask,
  });
  if (vision !== undefined) {
    attended = writeAttention(g, bundle, `${layer}.crossattention`, text, {
      query: attended,
      memory: vision.tokens,
      memoryWidth: vision.width,
    });
  }
  const wide = affine(g, bundle, attended, `${layer}.intermediate.dense`, [text.intermediate, text.hidden]);
  const sizes = [text.hidden, text.intermediate] as const;
  return writeOutput(
    g,
    bundle,
    `${layer}.output`,
    sizes,
    text.layerNormEps,
    g.node('Gelu', [wide]),
    attended,
  );
}
