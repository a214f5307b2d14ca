import { AppError } from '../domain/errors.js';
import type { BundleContents, StoredTensor } from './bundle-contents.js';
import { bundleInMemory } from './bundle-in-memory.js';
import { bundleTensorShapes, videoTensorNames } from './bundle-tensors.js';
import type { Checkpoint } from './checkpoint.js';
import { float32ToFloat16 } from './float-formats.js';
import type { ImportConfig } from './import-config.js';
import { type InferredModel, inferArchitecture } from './infer-architecture.js';
import { inflatePatchKernel } from './inflate.js';
import type { LoadedBundle } from './loaded-bundle.js';
import { resampleSpatialPositions, resampleTemporalPositions } from './position-tables.js';
import { bytesOf } from './tensor-type.js';

export interface ConvertedCheckpoint {
  contents: BundleContents;
  /** What was done to tensors, one sentence each. */
  changes: string[];
  /** Tensors of the checkpoint that the model does not compute with. */
  dropped: string[];
}

/** Values, and whether they are just those of the checkpoint. */
interface SourceTensor {
  values: Float32Array;
  change?: string;
}

/**
 * Makes a bundle of a reference checkpoint: position tables resampled to the size and length asked for, an image
 * model's patch kernel inflated, training-only tensors dropped, everything else as it is. The whole model is in memory
 * afterwards; the checkpoint may be closed.
 * @throws AppError `invalid-model` or `invalid-input` naming the tensor or the field.
 */
export function convertCheckpoint(checkpoint: Checkpoint, config: ImportConfig): ConvertedCheckpoint {
  const model = inferArchitecture(checkpoint, config);
  const shapes = bundleTensorShapes(model.description);
  const dropped = [...checkpoint.tensors.keys()].filter((name) => !shapes.has(name));
  for (const name of dropped) refuseIfComputed(name, [...shapes.keys()], checkpoint);

  const tensors = new Map<string, StoredTensor>();
  const changes: string[] = [];
  for (const [name, shape] of shapes) {
    const { values, change } = sourceTensor(checkpoint, config, model, name, shape);
    if (change !== undefined) changes.push(change);
    const storedAsHalf = checkpoint.tensors.get(name)?.type === 'F16' && change === undefined;
    const half = config.weights === 'F16' || (config.weights === 'as-stored' && storedAsHalf);
    tensors.set(name, {
      type: half ? 'F16' : 'F32',
      shape,
      bytes: bytesOf(half ? float32ToFloat16(values) : values),
    });
  }
  return { contents: { description: model.description, tensors }, changes, dropped };
}

/**
 * The same without touching the disk, for an engine to run at once.
 * @throws AppError `invalid-model` or `invalid-input`.
 */
export function bundleFromCheckpoint(checkpoint: Checkpoint, config: ImportConfig): LoadedBundle {
  return bundleInMemory(convertCheckpoint(checkpoint, config).contents);
}

function sourceTensor(
  checkpoint: Checkpoint,
  config: ImportConfig,
  { description: { kind, video }, source }: InferredModel,
  name: string,
  shape: readonly number[],
): SourceTensor {
  const { prefix } = videoTensorNames(kind);
  const timeSteps = video.frames / video.tubelet;
  if (name === `${prefix}temporal_pos_embedding` && source.timeSteps === undefined) {
    return { values: new Float32Array(timeSteps * video.width), change: `"${name}" set to zeros` };
  }
  const read = (...expected: number[]) => readOfShape(checkpoint, name, expected);

  if (name === `${prefix}pos_embed`) {
    const [from, to] = [source.patchesPerEdge, video.imageSize / video.patchSize];
    const table = read(1, 1 + from * from, video.width);
    return from === to
      ? { values: table }
      : {
          values: resampleSpatialPositions(table, video.width, from, to),
          change: `"${name}" resampled from ${from} x ${from} to ${to} x ${to} patches`,
        };
  }
  if (name === `${prefix}temporal_pos_embedding`) {
    const from = source.timeSteps!;
    const table = read(1, from, video.width);
    return from === timeSteps
      ? { values: table }
      : {
          values: resampleTemporalPositions(table, video.width, from, timeSteps),
          change: `"${name}" resampled from ${from} to ${timeSteps} time steps`,
        };
  }
  if (name === `${prefix}patch_embed.proj.weight` && source.imageKernel) {
    const { width, patchSize, tubelet } = video;
    const kernel = read(width, 3, patchSize, patchSize);
    return {
      values: inflatePatchKernel(kernel, width * 3, patchSize ** 2, tubelet, config.inflation),
      change: `"${name}" inflated to ${tubelet} frames (${config.inflation})`,
    };
  }
  return { values: read(...shape) };
}

function readOfShape(checkpoint: Checkpoint, name: string, expected: readonly number[]): Float32Array {
  const tensor = checkpoint.tensors.get(name);
  const wanted = `[${expected.join(', ')}]`;
  if (tensor === undefined) {
    throw new AppError('invalid-model', `${checkpoint.name} lacks tensor "${name}" of shape ${wanted}.`);
  }
  if (tensor.shape.join() !== expected.join()) {
    throw new AppError(
      'invalid-model',
      `${checkpoint.name}: tensor "${name}" has shape [${tensor.shape.join(', ')}]; its other tensors and the config ask for ${wanted}.`,
    );
  }
  return checkpoint.readTensorAsFloat32(name);
}

/** Known to serve training only, though they sit beside tensors that are computed with. */
const trainingOnly = [/\.position_ids$/];

/**
 * A tensor we do not know may be left behind where it can only serve training (`clip_decoder`, `text_encoder.cls`), but
 * not inside a module we compute: a bias we do not add would make every vector quietly wrong.
 */
function refuseIfComputed(name: string, known: readonly string[], checkpoint: Checkpoint): void {
  if (trainingOnly.some((pattern) => pattern.test(name))) return;
  const module = name.slice(0, name.lastIndexOf('.') + 1);
  const layers = /^(.*\blayers?\.)\d+\./.exec(name)?.[1];
  const neighbour = known.find(
    (other) =>
      (module !== '' && other.startsWith(module)) || (layers !== undefined && other.startsWith(layers)),
  );
  if (neighbour !== undefined) {
    throw new AppError(
      'invalid-model',
      `${checkpoint.name}: tensor "${name}" belongs to no VideoMamba that Videre computes; only its neighbours such as "${neighbour}" do.`,
    );
  }
}
