import { AppError } from '../../domain/errors.js';
import { SafetensorsFile } from '../../model/safetensors.js';
import type { ClipFeatures } from '../../ports/clip-features.js';
import type { Projector } from './projector.js';

interface Linear {
  /** [output, input] */
  weight: Float32Array;
  /** [output] */
  bias: Float32Array;
  output: number;
  input: number;
}

/**
 * Reads a projector: a safetensors file with the two linear layers of a `Sequential(Linear, GELU, Linear)` (`0.weight`,
 * `0.bias`, `2.weight`, `2.bias`), the form LLaVA's has, and in its metadata `fingerprint`, of the video model it was trained for, and
 * `tokens`, how many embeddings it makes of a clip: the patch tokens are averaged in so many groups, in order of time.
 * @throws AppError `file-not-found`, `invalid-model`.
 */
export function openProjector(path: string): Projector {
  return readProjector(SafetensorsFile.open(path));
}

export function readProjector(file: SafetensorsFile): Projector {
  const first = readLinear(file, '0');
  const second = readLinear(file, '2');
  const modelFingerprint = metadata(file, 'fingerprint');
  const tokens = Number(metadata(file, 'tokens'));
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > 4096) {
    throw new AppError('invalid-model', `${file.name} makes ${tokens} tokens of a clip; from 1 to 4096 go.`);
  }
  if (second.input !== first.output) {
    throw new AppError(
      'invalid-model',
      `In ${file.name} the first layer gives ${first.output} values and the second takes ${second.input}.`,
    );
  }
  return {
    modelFingerprint,
    project(features) {
      assertFits(features, modelFingerprint, first.input, file.name);
      const groups = averagedGroups(features.tokens, first.input, tokens);
      return { tokens, hidden: second.output, values: apply(second, apply(first, groups).map(gelu)) };
    },
  };
}

function readLinear(file: SafetensorsFile, layer: string): Linear {
  const shape = file.tensors.get(`${layer}.weight`)?.shape;
  const biasShape = file.tensors.get(`${layer}.bias`)?.shape;
  const [output, input] = shape ?? [];
  if (
    output === undefined ||
    input === undefined ||
    shape?.length !== 2 ||
    biasShape?.join() !== `${output}`
  ) {
    throw new AppError(
      'invalid-model',
      `${file.name} is no projector: layer ${layer} is missing or of another shape.`,
    );
  }
  const weight = file.readTensorAsFloat32(`${layer}.weight`);
  return { weight, bias: file.readTensorAsFloat32(`${layer}.bias`), output, input };
}

function metadata(file: SafetensorsFile, key: string): string {
  const value = file.metadata.get(key);
  if (value === undefined)
    throw new AppError('invalid-model', `The metadata of ${file.name} has no "${key}".`);
  return value;
}

function assertFits(features: ClipFeatures, fingerprint: string, width: number, name: string): void {
  if (features.modelFingerprint === fingerprint && features.tokens.length % width === 0) return;
  throw new AppError('model-mismatch', `The projector ${name} was made for another video model.`, {
    hint: 'Name one that was trained on the features of this bundle.',
    details: { expected: fingerprint, actual: features.modelFingerprint },
  });
}

/** Means of equal stretches of the tokens: [T'P, C] to [groups, C]; with fewer tokens than groups some repeat. */
function averagedGroups(tokens: Float32Array, width: number, groups: number): Float32Array {
  const count = tokens.length / width;
  const averaged = new Float32Array(groups * width);
  for (let group = 0; group < groups; group++) {
    const start = Math.floor((group * count) / groups);
    const end = Math.max(start + 1, Math.floor(((group + 1) * count) / groups));
    for (let token = start; token < end; token++) {
      for (let channel = 0; channel < width; channel++) {
        averaged[group * width + channel]! += tokens[token * width + channel]! / (end - start);
      }
    }
  }
  return averaged;
}

/** x W^T + b: [rows, input] to [rows, output]. */
function apply({ weight, bias, input, output }: Linear, rows: Float32Array): Float32Array {
  const count = rows.length / input;
  const result = new Float32Array(count * output);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < output; column++) {
      let sum = bias[column]!;
      for (let channel = 0; channel < input; channel++) {
        sum += rows[row * input + channel]! * weight[column * input + channel]!;
      }
      result[row * output + column] = sum;
    }
  }
  return result;
}

function gelu(x: number): number {
  return (x / 2) * (1 + erf(x / Math.SQRT2));
}

/** Abramowitz and Stegun, 7.1.26: within 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}
