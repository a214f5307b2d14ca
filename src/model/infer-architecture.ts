import { basename } from 'node:path';
import { AppError } from '../domain/errors.js';
import type { BundleDescription, TextArchitecture, VideoArchitecture } from './bundle.js';
import { videoTensorNames } from './bundle-tensors.js';
import type { Checkpoint } from './checkpoint.js';
import type { ImportConfig } from './import-config.js';

/** What the bundle will be, and the sizes its checkpoint has now. */
export interface InferredModel {
  description: BundleDescription;
  source: {
    /** Patches along an edge of the position table. */
    patchesPerEdge: number;
    /** Entries of the temporal table; undefined for an image model, which has none. */
    timeSteps: number | undefined;
    /** An image model's patch kernel, [C, 3, p, p], which must be inflated. */
    imageKernel: boolean;
  };
}

/**
 * Reads the architecture off the shapes of a checkpoint's tensors.
 * @throws AppError `invalid-model` when a tensor it needs is missing or odd, `invalid-input` when the config disagrees
 * with a tensor or lacks what no tensor can tell; both name the field and the tensor.
 */
export function inferArchitecture(checkpoint: Checkpoint, config: ImportConfig): InferredModel {
  const shapes = new ShapeReader(checkpoint, config.kind);
  const { video, source } = inferVideo(shapes, config);
  const head = {
    format: 'videre-bundle/1' as const,
    name: config.name ?? basename(checkpoint.name).replace(/\.[^.]+$/, ''),
    license: config.license,
    provenance: config.provenance,
    video,
    preprocessing: { antialias: config.antialias, mean: config.mean, std: config.std },
    clips: {
      windowSeconds: config.clips.window_seconds,
      strideSeconds: config.clips.stride_seconds,
      ...(config.clips.shots === undefined ? {} : { shots: config.clips.shots }),
    },
  };
  if (config.kind === 'classification') {
    const classes = shapes.size('head.weight', 2, 0);
    agree('num_classes', config.num_classes, classes, 'head.weight');
    return { description: { ...head, kind: 'classification', classes }, source };
  }
  const projection = shapes.size('vision_proj.weight', 2, 0);
  agree('projection_dim', config.projection_dim, projection, 'vision_proj.weight');
  return { description: { ...head, kind: 'retrieval', projection, text: inferText(shapes, config) }, source };
}

function inferVideo(
  shapes: ShapeReader,
  config: ImportConfig,
): { video: VideoArchitecture; source: InferredModel['source'] } {
  const { prefix } = videoTensorNames(config.kind);
  const kernelName = `${prefix}patch_embed.proj.weight`;
  const positionsName = `${prefix}pos_embed`;
  const timesName = `${prefix}temporal_pos_embedding`;

  const kernel = shapes.of(kernelName);
  const imageKernel = kernel.length === 4;
  if (!imageKernel && kernel.length !== 5) throw shapes.odd(kernelName, '[C, 3, p, p] or [C, 3, t, p, p]');
  const width = kernel[0]!;
  const patchSize = kernel.at(-1)!;
  const tubelet = imageKernel ? (config.tubelet ?? 1) : kernel[2]!;
  agree('embed_dim', config.embed_dim, width, kernelName);
  agree('patch', config.patch, patchSize, kernelName);
  agree('tubelet', config.tubelet, tubelet, kernelName);

  const depth = shapes.count((layer) => `${prefix}layers.${layer}.norm.weight`);
  agree('depth', config.depth, depth, `${prefix}layers.*`);
  const mixer = `${prefix}layers.0.mixer`;
  const inner = shapes.size(`${mixer}.A_log`, 2, 0);
  if (inner % width !== 0) throw shapes.odd(`${mixer}.A_log`, `[a multiple of ${width}, N]`);

  const patchesPerEdge = Math.sqrt(shapes.size(positionsName, 3, 1) - 1);
  if (!Number.isInteger(patchesPerEdge) || patchesPerEdge === 0) {
    throw shapes.odd(positionsName, '[1, 1 + a square number, C]');
  }
  agree('checkpoint_image_size', config.checkpoint_image_size, patchesPerEdge * patchSize, positionsName);

  const timeSteps = shapes.has(timesName) || !imageKernel ? shapes.size(timesName, 3, 1) : undefined;
  const trainedFrames = timeSteps === undefined ? undefined : timeSteps * tubelet;
  if (trainedFrames !== undefined) {
    agree('checkpoint_num_frames', config.checkpoint_num_frames, trainedFrames, timesName);
  }
  const frames = config.num_frames ?? trainedFrames;
  if (frames === undefined) {
    throw new AppError(
      'invalid-input',
      `num_frames is missing in the config: the checkpoint is of an image model, which has no "${timesName}" to read it off.`,
    );
  }
  const imageSize = config.image_size ?? patchesPerEdge * patchSize;
  multiple('image_size', imageSize, 'patch', patchSize);
  multiple('num_frames', frames, 'tubelet', tubelet);

  const video = {
    width,
    depth,
    stateSize: shapes.size(`${mixer}.A_log`, 2, 1),
    convWidth: shapes.size(`${mixer}.conv1d.weight`, 3, 2),
    expand: inner / width,
    dtRank: shapes.size(`${mixer}.dt_proj.weight`, 2, 1),
    patchSize,
    tubelet,
    imageSize,
    frames,
    normEps: config.norm_eps,
  };
  return { video, source: { patchesPerEdge, timeSteps, imageKernel } };
}

function inferText(shapes: ShapeReader, { text: config }: ImportConfig): TextArchitecture {
  const bert = 'text_encoder.bert';
  const wordsName = `${bert}.embeddings.word_embeddings.weight`;
  const positionsName = `${bert}.embeddings.position_embeddings.weight`;
  const layerName = (layer: number, part: string) => `${bert}.encoder.layer.${layer}.${part}`;
  const hidden = shapes.size(wordsName, 2, 1);
  const vocabulary = shapes.size(wordsName, 2, 0);
  const maxPosition = shapes.size(positionsName, 2, 0);
  const layers = shapes.count((layer) => layerName(layer, 'attention.self.query.weight'));
  const firstFusion = Array.from({ length: layers }, (_, layer) => layer).find((layer) =>
    shapes.has(layerName(layer, 'crossattention.self.query.weight')),
  );
  const fusionLayer = firstFusion ?? layers;
  const intermediate = shapes.size(layerName(0, 'intermediate.dense.weight'), 2, 0);
  agree('text.hidden', config.hidden, hidden, wordsName);
  agree('text.vocab', config.vocab, vocabulary, wordsName);
  agree('text.max_position', config.max_position, maxPosition, positionsName);
  agree('text.layers', config.layers, layers, layerName(layers - 1, '*'));
  agree('text.fusion_layer', config.fusion_layer, fusionLayer, layerName(fusionLayer, 'crossattention.*'));
  agree('text.intermediate', config.intermediate, intermediate, layerName(0, 'intermediate.dense.weight'));
  return {
    hidden,
    layers,
    fusionLayer,
    heads: headCount(config.heads, hidden),
    intermediate,
    vocabulary,
    maxPosition,
    layerNormEps: config.layer_norm_eps,
    maxTokens: tokenLimit(config.max_tokens, maxPosition),
  };
}

/** No tensor tells how many heads share the width; BERT's are 64 wide. */
function headCount(stated: number | undefined, hidden: number): number {
  const heads = stated ?? hidden / 64;
  if (!Number.isInteger(heads)) {
    throw new AppError(
      'invalid-input',
      `text.heads is missing in the config, and text.hidden ${hidden} is no multiple of BERT's 64.`,
    );
  }
  multiple('text.hidden', hidden, 'text.heads', heads);
  return heads;
}

/** The reference reads 32 tokens at most. */
function tokenLimit(stated: number | undefined, maxPosition: number): number {
  if (stated !== undefined && stated > maxPosition) {
    throw new AppError(
      'invalid-input',
      `text.max_tokens is ${stated} in the config, but the model has only ${maxPosition} positions.`,
    );
  }
  return stated ?? Math.min(32, maxPosition);
}

/** Shapes of a checkpoint's tensors, with errors that name them. */
class ShapeReader {
  readonly #checkpoint: Checkpoint;
  readonly #kind: string;

  constructor(checkpoint: Checkpoint, kind: string) {
    this.#checkpoint = checkpoint;
    this.#kind = kind;
  }

  has(name: string): boolean {
    return this.#checkpoint.tensors.has(name);
  }

  of(name: string): readonly number[] {
    const tensor = this.#checkpoint.tensors.get(name);
    if (tensor !== undefined) return tensor.shape;
    throw new AppError(
      'invalid-model',
      `${this.#checkpoint.name} has no tensor "${name}", so it is no VideoMamba ${this.#kind} checkpoint.`,
    );
  }

  /** Size of one axis of a tensor of `rank` axes. */
  size(name: string, rank: number, axis: number): number {
    const shape = this.of(name);
    if (shape.length !== rank || shape.includes(0)) throw this.odd(name, `${rank} axes, none empty`);
    return shape[axis]!;
  }

  /** How many of layer 0, 1, 2, ... have a tensor. */
  count(nameOf: (layer: number) => string): number {
    this.of(nameOf(0));
    let layers = 1;
    while (this.has(nameOf(layers))) layers++;
    return layers;
  }

  odd(name: string, expected: string): AppError {
    return new AppError(
      'invalid-model',
      `${this.#checkpoint.name}: tensor "${name}" has shape [${this.of(name).join(', ')}]; expected ${expected}.`,
    );
  }
}

function agree(field: string, stated: number | undefined, found: number, tensor: string): void {
  if (stated !== undefined && stated !== found) {
    throw new AppError(
      'invalid-input',
      `${field} is ${stated} in the config, but ${found} by the checkpoint's "${tensor}".`,
      {
        hint: `Correct ${field}, or leave it out.`,
      },
    );
  }
}

function multiple(field: string, value: number, unit: string, step: number): void {
  if (value % step !== 0) {
    throw new AppError('invalid-input', `${field} ${value} is no multiple of ${unit} ${step}.`);
  }
}
