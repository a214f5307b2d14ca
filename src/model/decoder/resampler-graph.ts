import type { VideoArchitecture } from '../bundle.js';
import type { LoadedDecoder } from '../loaded-bundle.js';
import { GraphWriter } from '../onnx/graph-writer.js';
import { linear, tensorOfShape } from '../onnx/layers.js';
import { videoGeometry } from '../videomamba/geometry.js';
import { cellMeans } from './cell-means.js';
import { writeLayerEnd, writeNorm, writeProjection } from './decoder-layer.js';
import { promptLength } from './decoder-tensors.js';

/**
 * The resampler: `tokens` [1, T'P, C] of the video encoder -> `prompt` [1, Q, hidden]. Queries look at all tokens (as in
 * Q-Former, Li et al. 2023, and Perceiver, Jaegle et al. 2021); each starts from the mean of its cell of space and time.
 */
export function resamplerGraph(decoder: LoadedDecoder, video: VideoArchitecture): Uint8Array {
  const { architecture } = decoder;
  const { hidden, heads, cells, resamplerLayers, resamplerIntermediate } = architecture;
  const { timeSteps, patchesPerEdge, patchesPerFrame, tokens } = videoGeometry(video);
  const queries = promptLength(architecture);
  const g = new GraphWriter('decoder_resampler');

  const seen = g.input('tokens', 'float32', [1, tokens - 1, video.width]);
  const time = tensorOfShape(decoder, 'resampler.time', [timeSteps, hidden]);
  const place = tensorOfShape(decoder, 'resampler.place', [patchesPerFrame, hidden]);
  const where = Float32Array.from({ length: (tokens - 1) * hidden }, (_, index) => {
    const token = Math.floor(index / hidden);
    const channel = index % hidden;
    const step = Math.floor(token / patchesPerFrame);
    return time[step * hidden + channel]! + place[(token % patchesPerFrame) * hidden + channel]!;
  });
  const projected = linear(g, decoder, seen, 'resampler.input.weight', [hidden, video.width]);
  const placed = g.node('Add', [projected, g.weight('where', where, [tokens - 1, hidden])]);
  const memory = writeNorm(g, decoder, placed, 'resampler.memory_norm', architecture);

  const means = g.weight('cell_means', cellMeans([timeSteps, patchesPerEdge, patchesPerEdge], cells), [
    queries,
    tokens - 1,
  ]);
  let x = linear(g, decoder, g.node('MatMul', [means, memory]), 'resampler.cell.weight', [hidden, hidden]);
  for (let index = 0; index < resamplerLayers; index++) {
    const layer = `resampler.layers.${index}`;
    const normed = writeNorm(g, decoder, x, `${layer}.attention_norm`, architecture);
    const query = writeProjection(g, decoder, normed, layer, 'query', architecture);
    const key = writeProjection(g, decoder, memory, layer, 'key', architecture);
    const value = writeProjection(g, decoder, memory, layer, 'value', architecture);
    const attended = g.microsoft('MultiHeadAttention', [query, key, value], { num_heads: heads });
    x = writeLayerEnd(g, decoder, layer, architecture, resamplerIntermediate, { residual: x, attended });
  }
  g.output('prompt', writeNorm(g, decoder, x, 'resampler.norm', architecture), [1, queries, hidden]);
  return g.finish();
}
