import type { BundleDescription, RetrievalBundle, TextArchitecture } from './bundle.js';

/** Tensor names and shapes; an empty shape is a scalar. */
export type TensorShapes = Map<string, readonly number[]>;

/** The reference names the video encoder's tensors after its place in the whole model, and its last norm either way. */
export function videoTensorNames(kind: BundleDescription['kind']): { prefix: string; lastNorm: string } {
  return kind === 'retrieval'
    ? { prefix: 'vision_encoder.', lastNorm: 'vision_encoder.norm' }
    : { prefix: '', lastNorm: 'norm_f' };
}

/** Every tensor a bundle of this description holds, no more and no less, under the reference checkpoint's names. */
export function bundleTensorShapes(description: BundleDescription): TensorShapes {
  const shapes: TensorShapes = new Map();
  const width = description.video.width;
  addVideoEncoder(shapes, description);
  if (description.kind === 'classification') {
    addLinear(shapes, 'head', description.classes, width);
    return shapes;
  }
  addNorm(shapes, 'vision_encoder.pool_norm', width);
  addTextEncoder(shapes, description);
  addLinear(shapes, 'vision_proj', description.projection, width);
  addLinear(shapes, 'text_proj', description.projection, description.text.hidden);
  addLinear(shapes, 'itm_head', 2, description.text.hidden);
  shapes.set('temp', []);
  return shapes;
}

function addVideoEncoder(shapes: TensorShapes, { kind, video }: BundleDescription): void {
  const { prefix, lastNorm } = videoTensorNames(kind);
  const { width, patchSize, tubelet, stateSize, dtRank, convWidth } = video;
  const inner = width * video.expand;
  const patches = (video.imageSize / patchSize) ** 2;
  shapes.set(`${prefix}cls_token`, [1, 1, width]);
  shapes.set(`${prefix}pos_embed`, [1, 1 + patches, width]);
  shapes.set(`${prefix}temporal_pos_embedding`, [1, video.frames / tubelet, width]);
  shapes.set(`${prefix}patch_embed.proj.weight`, [width, 3, tubelet, patchSize, patchSize]);
  shapes.set(`${prefix}patch_embed.proj.bias`, [width]);
  for (let layer = 0; layer < video.depth; layer++) {
    const block = `${prefix}layers.${layer}`;
    shapes.set(`${block}.norm.weight`, [width]);
    shapes.set(`${block}.mixer.in_proj.weight`, [2 * inner, width]);
    shapes.set(`${block}.mixer.out_proj.weight`, [width, inner]);
    shapes.set(`${block}.mixer.A_log`, [inner, stateSize]);
    shapes.set(`${block}.mixer.A_b_log`, [inner, stateSize]);
    for (const direction of ['', '_b']) {
      shapes.set(`${block}.mixer.D${direction}`, [inner]);
      shapes.set(`${block}.mixer.conv1d${direction}.weight`, [inner, 1, convWidth]);
      shapes.set(`${block}.mixer.conv1d${direction}.bias`, [inner]);
      shapes.set(`${block}.mixer.x_proj${direction}.weight`, [dtRank + 2 * stateSize, inner]);
      shapes.set(`${block}.mixer.dt_proj${direction}.weight`, [inner, dtRank]);
      shapes.set(`${block}.mixer.dt_proj${direction}.bias`, [inner]);
    }
  }
  shapes.set(`${lastNorm}.weight`, [width]);
}

function addTextEncoder(shapes: TensorShapes, { text, video }: RetrievalBundle): void {
  const embeddings = 'text_encoder.bert.embeddings';
  shapes.set(`${embeddings}.word_embeddings.weight`, [text.vocabulary, text.hidden]);
  shapes.set(`${embeddings}.position_embeddings.weight`, [text.maxPosition, text.hidden]);
  shapes.set(`${embeddings}.token_type_embeddings.weight`, [2, text.hidden]);
  addNorm(shapes, `${embeddings}.LayerNorm`, text.hidden);
  for (let layer = 0; layer < text.layers; layer++) {
    const block = `text_encoder.bert.encoder.layer.${layer}`;
    addAttention(shapes, `${block}.attention`, text, text.hidden);
    if (layer >= text.fusionLayer) addAttention(shapes, `${block}.crossattention`, text, video.width);
    addLinear(shapes, `${block}.intermediate.dense`, text.intermediate, text.hidden);
    addLinear(shapes, `${block}.output.dense`, text.hidden, text.intermediate);
    addNorm(shapes, `${block}.output.LayerNorm`, text.hidden);
  }
}

function addAttention(
  shapes: TensorShapes,
  name: string,
  { hidden }: TextArchitecture,
  keyWidth: number,
): void {
  addLinear(shapes, `${name}.self.query`, hidden, hidden);
  addLinear(shapes, `${name}.self.key`, hidden, keyWidth);
  addLinear(shapes, `${name}.self.value`, hidden, keyWidth);
  addLinear(shapes, `${name}.output.dense`, hidden, hidden);
  addNorm(shapes, `${name}.output.LayerNorm`, hidden);
}

function addLinear(shapes: TensorShapes, name: string, outputs: number, inputs: number): void {
  shapes.set(`${name}.weight`, [outputs, inputs]);
  shapes.set(`${name}.bias`, [outputs]);
}

function addNorm(shapes: TensorShapes, name: string, width: number): void {
  shapes.set(`${name}.weight`, [width]);
  shapes.set(`${name}.bias`, [width]);
}
