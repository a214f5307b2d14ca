import type { DecoderArchitecture, VideoArchitecture } from '../bundle.js';
import type { TensorShapes } from '../bundle-tensors.js';
import { videoGeometry } from '../videomamba/geometry.js';

/** Length of the soft prompt in tokens: a query for each cell. */
export function promptLength({ cells: [times, rows, columns] }: DecoderArchitecture): number {
  return times * rows * columns;
}

/** Every tensor of a decoder, no more and no less. */
export function decoderTensorShapes(decoder: DecoderArchitecture, video: VideoArchitecture): TensorShapes {
  const { hidden, vocabulary, maxPosition } = decoder;
  const { timeSteps, patchesPerFrame } = videoGeometry(video);
  const shapes: TensorShapes = new Map();
  shapes.set('resampler.input.weight', [hidden, video.width]);
  shapes.set('resampler.time', [timeSteps, hidden]);
  shapes.set('resampler.place', [patchesPerFrame, hidden]);
  shapes.set('resampler.memory_norm.weight', [hidden]);
  shapes.set('resampler.cell.weight', [hidden, hidden]);
  addLayers(shapes, 'resampler', decoder.resamplerLayers, hidden, decoder.resamplerIntermediate);
  shapes.set('decoder.words.weight', [vocabulary, hidden]);
  shapes.set('decoder.positions.weight', [maxPosition, hidden]);
  addLayers(shapes, 'decoder', decoder.layers, hidden, decoder.intermediate);
  return shapes;
}

function addLayers(
  shapes: TensorShapes,
  module: string,
  layers: number,
  hidden: number,
  intermediate: number,
): void {
  for (let index = 0; index < layers; index++) {
    const layer = `${module}.layers.${index}`;
    shapes.set(`${layer}.attention_norm.weight`, [hidden]);
    for (const part of ['query', 'key', 'value', 'output']) {
      shapes.set(`${layer}.attention.${part}.weight`, [hidden, hidden]);
    }
    shapes.set(`${layer}.feed_forward_norm.weight`, [hidden]);
    shapes.set(`${layer}.feed_forward.up.weight`, [intermediate, hidden]);
    shapes.set(`${layer}.feed_forward.down.weight`, [hidden, intermediate]);
  }
  shapes.set(`${module}.norm.weight`, [hidden]);
}
