import { videoTensorNames } from '../bundle-tensors.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import type { GraphWriter, Value } from '../onnx/graph-writer.js';
import { tensorOfShape } from '../onnx/layers.js';
import type { VideoGeometry } from './geometry.js';

/**
 * Pixels [B, T, 3, S, S] -> tokens [B, L, C], class token first, then the patches of time step 0 row by row, and so on.
 * The patch embedding's kernel equals its stride, so it is one matrix product over the tubes of pixels.
 */
export function writeTokenEmbedding(
  g: GraphWriter,
  bundle: LoadedBundle,
  geometry: VideoGeometry,
  pixels: Value,
): Value {
  const { width, tubelet, patchSize } = bundle.description.video;
  const { prefix } = videoTensorNames(bundle.description.kind);
  const { timeSteps, patchesPerEdge: edge, patchValues, tokens } = geometry;
  // [B, T', tubelet, 3, rows, y, columns, x] -> [B, T', rows, columns, 3, tubelet, y, x]
  const split = g.node('Reshape', [
    pixels,
    g.integers(0, timeSteps, tubelet, 3, edge, patchSize, edge, patchSize),
  ]);
  const tubes = g.node('Transpose', [split], { perm: [0, 1, 4, 6, 3, 2, 5, 7] });
  const rows = g.node('Reshape', [tubes, g.integers(0, tokens - 1, patchValues)]);
  const name = `${prefix}patch_embed.proj.weight`;
  const kernel = tensorOfShape(bundle, name, [width, 3, tubelet, patchSize, patchSize]);
  const patches = g.microsoft('FusedMatMul', [rows, g.weight(name, kernel, [width, patchValues])], {
    transB: 1,
  });
  const table = g.weight('position_table', positionTable(bundle, geometry), [1, tokens, width]);
  return g.node('Add', [g.node('Pad', [patches, g.integers(0, 1, 0, 0, 0, 0)]), table]);
}

/** Everything that is added to the patches, [L, C]: row 0 is the class token with its position. */
function positionTable(bundle: LoadedBundle, geometry: VideoGeometry): Float32Array {
  const { width } = bundle.description.video;
  const { prefix } = videoTensorNames(bundle.description.kind);
  const { timeSteps, patchesPerFrame, tokens } = geometry;
  const classToken = tensorOfShape(bundle, `${prefix}cls_token`, [1, 1, width]);
  const spatial = tensorOfShape(bundle, `${prefix}pos_embed`, [1, 1 + patchesPerFrame, width]);
  const temporal = tensorOfShape(bundle, `${prefix}temporal_pos_embedding`, [1, timeSteps, width]);
  const bias = tensorOfShape(bundle, `${prefix}patch_embed.proj.bias`, [width]);
  const table = new Float32Array(tokens * width);
  for (let channel = 0; channel < width; channel++) {
    table[channel] = classToken[channel]! + spatial[channel]!;
  }
  for (let token = 1; token < tokens; token++) {
    const time = Math.floor((token - 1) / patchesPerFrame);
    const place = 1 + ((token - 1) % patchesPerFrame);
    for (let channel = 0; channel < width; channel++) {
      table[token * width + channel] =
        bias[channel]! + spatial[place * width + channel]! + temporal[time * width + channel]!;
    }
  }
  return table;
}
