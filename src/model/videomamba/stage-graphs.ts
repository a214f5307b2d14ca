import type { Precision } from '../bundle.js';
import type { LoadedBundle } from '../loaded-bundle.js';
import { GraphWriter, type Value } from '../onnx/graph-writer.js';
import { affine, unitVector, weight } from '../onnx/layers.js';
import { writeBlockEnd, writeBlockStart } from './block.js';
import { type VideoGeometry, videoGeometry } from './geometry.js';
import { mixerOf, normWeight } from './tensor-names.js';
import { writeTokenEmbedding } from './token-embedding.js';

/**
 * VideoMamba (Li et al. 2024) as `depth + 1` ONNX graphs, cut inside the blocks: what lies between in_proj and out_proj,
 * the scans above all, no ONNX operator computes at speed. Stage 0 makes the tokens and starts block 0; stage i ends
 * block i - 1 and starts block i; the last stage ends the last block and makes the outputs. Between two stages the caller
 * makes `scanned` of the first one's `xz`.
 *
 * Inputs: stage 0 `pixels` [B, T, 3, S, S]; others `scanned` [B, L, E] and `residual` [B, L, C]. Between the first and the
 * last stage, B is 1 and L any number of tokens of any clips.
 * Outputs but the last stage's: `xz` [B, L, 2 E], `residual_out` [B, L, C], and, of no use to the caller, `normalized`
 * and from stage 1 on `hidden`, [B, L, C].
 * Outputs of the last stage, retrieval: `vision_embeds` [B, T'P, C], `pooled` [B, T', C], `projected` [B, T', D],
 * `embedding` [B, D]; classification: `features` [B, C], `logits` [B, classes].
 *
 * A generator, so that only one stage's weights exist twice at a time.
 * @throws AppError `invalid-model` when a tensor is missing or has another shape than the architecture says.
 */
export function* stageGraphs(bundle: LoadedBundle, precision: Precision): Generator<Uint8Array> {
  const { depth } = bundle.description.video;
  for (let stage = 0; stage <= depth; stage++) yield stageGraph(bundle, stage, precision);
}

function stageGraph(bundle: LoadedBundle, stage: number, precision: Precision): Uint8Array {
  const { video } = bundle.description;
  const geometry = videoGeometry(video);
  const isLast = stage === video.depth;
  const gamma = normWeight(bundle.description, stage);
  // The ends look at clips; what lies between treats each token alone, so it takes any piece of any clips.
  const rows = stage === 0 || isLast ? (['batch', geometry.tokens] as const) : ([1, 'tokens'] as const);
  const g = new GraphWriter(`videomamba_stage_${stage}`);

  // Every tensor between two operators is an output too, so that it lies in a buffer that all stages share: an arena for
  // each stage would hold as many of them as there are stages.
  let normalized: Value;
  let residual: Value;
  if (stage === 0) {
    const pixels = g.input('pixels', 'float32', ['batch', video.frames, 3, video.imageSize, video.imageSize]);
    residual = writeTokenEmbedding(g, bundle, geometry, pixels);
    normalized = g.node('SimplifiedLayerNormalization', [residual, weight(g, bundle, gamma, [video.width])], {
      epsilon: { float: video.normEps },
      axis: -1,
    });
  } else {
    const scanned = g.input('scanned', 'float32', [...rows, geometry.channels]);
    const before = g.input('residual', 'float32', [...rows, video.width]);
    const mixer = mixerOf(bundle.description, stage - 1);
    const end = writeBlockEnd(g, bundle, mixer, geometry, scanned, before, gamma, precision);
    ({ normalized, residual } = end);
    if (!isLast) g.output('hidden', end.hidden, [...rows, video.width]);
  }

  if (isLast) {
    writeHead(g, bundle, geometry, normalized);
  } else {
    g.output('normalized', normalized, [...rows, video.width]);
    g.output('residual_out', residual, [...rows, video.width]);
    const xz = writeBlockStart(
      g,
      bundle,
      mixerOf(bundle.description, stage),
      geometry,
      normalized,
      precision,
    );
    g.output('xz', xz, [...rows, 2 * geometry.channels]);
  }
  return g.finish();
}

/** From the final tokens [B, L, C] to the outputs. */
function writeHead(g: GraphWriter, bundle: LoadedBundle, geometry: VideoGeometry, tokens: Value): void {
  const { description } = bundle;
  const { width, normEps } = description.video;
  const { timeSteps, patchesPerFrame, tokens: length } = geometry;
  const classToken = g.node('Slice', [tokens, g.integers(0), g.integers(1), g.integers(1)]);

  if (description.kind === 'classification') {
    const features = g.node('Squeeze', [classToken, g.integers(1)]);
    g.output('features', features, ['batch', width]);
    const logits = affine(g, bundle, features, 'head', [description.classes, width]);
    g.output('logits', logits, ['batch', description.classes]);
    return;
  }

  const patches = g.node('Slice', [tokens, g.integers(1), g.integers(length), g.integers(1)]);
  const frames = g.node('Reshape', [patches, g.integers(0, timeSteps, patchesPerFrame, width)]);
  const frameMeans = g.node('ReduceMean', [frames, g.integers(2)], { keepdims: 0 });
  const pooled = g.node(
    'LayerNormalization',
    [
      g.node('Add', [frameMeans, classToken]),
      weight(g, bundle, 'vision_encoder.pool_norm.weight', [width]),
      weight(g, bundle, 'vision_encoder.pool_norm.bias', [width]),
    ],
    { epsilon: { float: normEps }, axis: -1 },
  );
  const projected = affine(g, bundle, pooled, 'vision_proj', [description.projection, width]);
  g.output('vision_embeds', patches, ['batch', length - 1, width]);
  g.output('pooled', pooled, ['batch', timeSteps, width]);
  g.output('projected', projected, ['batch', timeSteps, description.projection]);
  const embedding = g.node('ReduceMean', [unitVector(g, projected), g.integers(1)], { keepdims: 0 });
  g.output('embedding', embedding, ['batch', description.projection]);
}
