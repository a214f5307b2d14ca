import type { TextArchitecture } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import type { GraphWriter, Value } from '../onnx/graph-writer.js';
import { affine } from '../onnx/layers.js';
import { writeAttention, writeOutput } from './attention.js';

/** What a fusion layer looks at besides the text. */
export interface VisionMemory {
  /** [N, T'P, width], or [1, T'P, width] when shared. */
  tokens: Value;
  width: number;
  /** All texts look at the same video. */
  shared?: boolean;
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
    // Tokens of a text do not meet in cross-attention, so those of all texts can ask one video as one long text.
    const query = vision.shared ? g.node('Reshape', [attended, g.integers(1, -1, text.hidden)]) : attended;
    const answered = writeAttention(g, bundle, `${layer}.crossattention`, text, {
      query,
      memory: vision.tokens,
      memoryWidth: vision.width,
    });
    attended = vision.shared ? g.node('Reshape', [answered, g.node('Shape', [states])]) : answered;
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
