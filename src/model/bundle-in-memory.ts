import { AppError } from '../domain/errors.js';
import type { BundleDescription } from './bundle.js';
import { type BundleContents, checkBundleTensors, checkFinite } from './bundle-contents.js';
import { bundleFingerprint } from './bundle-fingerprint.js';
import type { LoadedBundle } from './loaded-bundle.js';
import { type TensorInfo, toFloat32 } from './tensor-type.js';

/** The tensors of a checked bundle, wherever they are. */
export interface BundleParts {
  description: BundleDescription;
  tensors: ReadonlyMap<string, TensorInfo>;
  readBytes(name: string): Uint8Array;
  tokenizerJson: string | undefined;
  tokenizerPath: string | undefined;
}

/**
 * Checks the parts and makes a bundle of them.
 * @param where what error messages call it
 * @throws AppError `invalid-model` naming the tensor that is missing, misshapen, or not finite.
 */
export function assembleBundle(parts: BundleParts, where: string): LoadedBundle {
  const { description, tensors, readBytes } = parts;
  checkBundleTensors(description, tensors, where);
  // Every weight is read once, to be checked and hashed in one go.
  const fingerprint = bundleFingerprint(
    description,
    tensors,
    (name) => {
      const bytes = readBytes(name);
      checkFinite(name, tensors.get(name)!, bytes, where);
      return bytes;
    },
    parts.tokenizerJson,
  );
  const info = (name: string): TensorInfo => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new AppError('invalid-model', `${where} has no tensor "${name}".`);
    return tensor;
  };
  return {
    description,
    fingerprint,
    tokenizerPath: parts.tokenizerPath,
    has: (name) => tensors.has(name),
    shape: (name) => info(name).shape,
    tensor: (name) => toFloat32(info(name).type, readBytes(name)),
  };
}

/**
 * A bundle that never was on a disk, and so has no tokenizer path.
 * @throws AppError `invalid-model`
 */
export function bundleInMemory({ description, tensors, tokenizerJson }: BundleContents): LoadedBundle {
  const readBytes = (name: string) => tensors.get(name)!.bytes;
  return assembleBundle(
    { description, tensors, readBytes, tokenizerJson, tokenizerPath: undefined },
    `bundle "${description.name}"`,
  );
}
