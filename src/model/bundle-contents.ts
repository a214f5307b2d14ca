import { AppError } from '../domain/errors.js';
import type { BundleDescription } from './bundle.js';
import { bundleTensorShapes, type TensorShapes } from './bundle-tensors.js';
import { elementCount, type TensorInfo, type TensorType } from './tensor-type.js';

/** A tensor with its values in memory: little-endian, row-major. */
export interface StoredTensor extends TensorInfo {
  readonly bytes: Uint8Array;
}

/** What a bundle is made of, before it is a folder. */
export interface BundleContents {
  readonly description: BundleDescription;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The text of `tokenizer.json`; undefined for a model that reads no text, or is never given any. */
  readonly tokenizerJson?: string | undefined;
}

/** Types a bundle's weights may have. */
const weightTypes: readonly TensorType[] = ['F32', 'F16'];

/**
 * Checks that the tensors are those the description asks for: each there, of its exact shape, and no other.
 * @throws AppError `invalid-model` naming the tensor.
 */
export function checkBundleTensors(
  description: BundleDescription,
  tensors: ReadonlyMap<string, TensorInfo>,
  where: string,
): void {
  checkTensors(bundleTensorShapes(description), tensors, where, `a ${description.kind} bundle`);
}

/**
 * Checks that the tensors are those expected: each there, of its exact shape, and no other.
 * @param owner what they belong to, for the message
 * @throws AppError `invalid-model` naming the tensor.
 */
export function checkTensors(
  expected: TensorShapes,
  tensors: ReadonlyMap<string, TensorInfo>,
  where: string,
  owner: string,
): void {
  const fail = (message: string): never => {
    throw new AppError('invalid-model', `${where}: ${message}`);
  };
  for (const [name, shape] of expected) {
    const tensor = tensors.get(name) ?? fail(`tensor "${name}" of shape [${shape.join(', ')}] is missing.`);
    if (tensor.shape.join() !== shape.join()) {
      fail(
        `tensor "${name}" has shape [${tensor.shape.join(', ')}]; the description asks for [${shape.join(', ')}].`,
      );
    }
    if (!weightTypes.includes(tensor.type)) {
      fail(`tensor "${name}" is of type ${tensor.type}; accepted are ${weightTypes.join(' and ')}.`);
    }
  }
  const extra = [...tensors.keys()].find((name) => !expected.has(name));
  if (extra !== undefined) fail(`tensor "${extra}" has no place in ${owner}.`);
}

/**
 * Checks that no weight is infinite or not a number; such a model answers every query with the same nonsense.
 * @throws AppError `invalid-model` naming the tensor and the element.
 */
export function checkFinite(
  name: string,
  { type, shape }: TensorInfo,
  bytes: Uint8Array,
  where: string,
): void {
  const half = type === 'F16';
  const { buffer, byteOffset } = bytes.byteOffset % (half ? 2 : 4) === 0 ? bytes : Uint8Array.from(bytes);
  const count = elementCount(name, shape);
  const words = half
    ? new Uint16Array(buffer, byteOffset, count)
    : new Uint32Array(buffer, byteOffset, count);
  // An exponent of all ones is infinity or NaN in both formats; a test on bits needs no conversion.
  const exponent = half ? 0x7c00 : 0x7f800000;
  for (let i = 0; i < count; i++) {
    if ((words[i]! & exponent) === exponent) {
      throw new AppError(
        'invalid-model',
        `${where}: element ${i} of tensor "${name}" is infinite or not a number.`,
      );
    }
  }
}
