import type { RetrievalBundle } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import { GraphWriter, type Value } from '../onnx/graph-writer.js';
import { affine } from '../onnx/layers.js';
import { videoGeometry } from '../videomamba/geometry.js';
import { writeBertLayer } from './layer.js';

/**
 * The re-ranker: `text_embeds` [N, L, hidden] and `mask` int32 [N, L] of the text encoder, `vision_embeds` [M, T'P, C] ->
 * `scores` [max(N, M)], the matching logit of each pair. N and M are equal, or one of them is 1 and meets all the others.
 */
export function fusionGraph(bundle: LoadedBundle, { text, video }: RetrievalBundle): Uint8Array {
  const g = new GraphWriter('bert_fusion');
  const { tokens } = videoGeometry(video);
  const texts = g.input('text_embeds', 'float32', ['texts', 'length', text.hidden]);
  const textMask = g.input('mask', 'int32', ['texts', 'length']);
  const videos = g.input('vision_embeds', 'float32', ['videos', tokens - 1, video.width]);

  const ones = (count: number) => g.integers(...new Array<number>(count).fill(1));
  const pairUp = (value: Value, other: Value, rank: number) => {
    const count = g.node('Shape', [other], { start: 0, end: 1 });
    return g.node('Expand', [value, g.node('Concat', [count, ones(rank - 1)], { axis: 0 })]);
  };
  const mask = pairUp(textMask, videos, 2);
  const vision = { tokens: pairUp(videos, texts, 3), width: video.width };
  let states = pairUp(texts, videos, 3);
  for (let index = text.fusionLayer; index < text.layers; index++) {
    states = writeBertLayer(g, bundle, text, index, states, mask, vision);
  }
  const first = g.node('Gather', [states, g.integer(0)], { axis: 1 });
  const logits = affine(g, bundle, first, 'itm_head', [2, text.hidden]);
  g.output('scores', g.node('Gather', [logits, g.integer(1)], { axis: 1 }), ['pairs']);
  return g.finish();
}
