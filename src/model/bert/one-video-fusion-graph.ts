import type { RetrievalBundle } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import { GraphWriter } from '../onnx/graph-writer.js';
import { affine } from '../onnx/layers.js';
import { videoGeometry } from '../videomamba/geometry.js';
import { writeBertLayer } from './layer.js';

/**
 * The re-ranker for one video and N texts: `text_embeds` [N, L, hidden], `mask` int32 [N, L], `vision_embeds`
 * [1, T'P, C] -> `scores` [N]. The same function as `fusionGraph`, at a fraction of its cost: the keys and values of the
 * vision tokens are computed once, not once a text.
 */
export function oneVideoFusionGraph(bundle: LoadedBundle, { text, video }: RetrievalBundle): Uint8Array {
  const g = new GraphWriter('bert_fusion_one_video');
  const { tokens } = videoGeometry(video);
  const mask = g.input('mask', 'int32', ['texts', 'length']);
  let states = g.input('text_embeds', 'float32', ['texts', 'length', text.hidden]);
  const vision = {
    tokens: g.input('vision_embeds', 'float32', [1, tokens - 1, video.width]),
    width: video.width,
    shared: true,
  };
  for (let index = text.fusionLayer; index < text.layers; index++) {
    states = writeBertLayer(g, bundle, text, index, states, mask, vision);
  }
  const first = g.node('Gather', [states, g.integer(0)], { axis: 1 });
  const logits = affine(g, bundle, first, 'itm_head', [2, text.hidden]);
  g.output('scores', g.node('Gather', [logits, g.integer(1)], { axis: 1 }), ['texts']);
  return g.finish();
}
