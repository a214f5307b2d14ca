import { AppError } from '../../domain/errors.js';
import type { BundleDescription } from '../../model/bundle.js';
import { bundleTensorShapes, videoTensorNames } from '../../model/bundle-tensors.js';
import type { LoadedBundle } from '../../model/loaded-bundle.js';
import type { CudaEncoderConfig, CudaPrecision, CudaTensors } from './cuda-addon.js';

const precisions: readonly CudaPrecision[] = ['bf16', 'f16'];
const MAX_BATCH = 256;

export interface CudaSettings {
  precision: CudaPrecision;
  /** As many clips as this at once, if they fit; undefined: as many as are worth it and fit. */
  batch: number | undefined;
}

/**
 * VIDERE_CUDA_PRECISION and VIDERE_CUDA_BATCH.
 * @throws AppError `invalid-input` for values that mean nothing.
 */
export function cudaSettings(environment: NodeJS.ProcessEnv = process.env): CudaSettings {
  const precision = environment.VIDERE_CUDA_PRECISION || 'bf16';
  const known = precisions.find((name) => name === precision);
  if (known === undefined) {
    throw new AppError('invalid-input', `The CUDA engine has no precision "${precision}".`, {
      hint: `VIDERE_CUDA_PRECISION is one of ${precisions.join(', ')}.`,
      details: { actual: precision, accepted: precisions },
    });
  }
  const wanted = environment.VIDERE_CUDA_BATCH || undefined;
  const batch = wanted === undefined ? undefined : Number(wanted);
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH)) {
    throw new AppError('invalid-input', `The GPU cannot encode "${wanted}" clips at once.`, {
      hint: `VIDERE_CUDA_BATCH is a whole number from 1 to ${MAX_BATCH}.`,
      details: { actual: wanted, accepted: [1, MAX_BATCH] },
    });
  }
  return { precision: known, batch };
}

export function cudaConfig(
  description: BundleDescription,
  precision: CudaPrecision,
  maxBatch: number,
): CudaEncoderConfig {
  const { kind, video, preprocessing } = description;
  const { antialias, mean, std } = preprocessing;
  const outputs = description.kind === 'retrieval' ? description.projection : description.classes;
  return { kind, ...video, outputs, antialias, mean, std, precision, maxBatch, device: 0 };
}

/** What the video encoder has of the bundle's tensors. */
export function cudaTensors(bundle: LoadedBundle): CudaTensors {
  const { kind } = bundle.description;
  const { prefix } = videoTensorNames(kind);
  const names = [...bundleTensorShapes(bundle.description).keys()].filter(
    (name) => name.startsWith(prefix) || name.startsWith('vision_proj.'),
  );
  return Object.fromEntries(
    names.map((name) => [name, { values: bundle.tensor(name), shape: bundle.shape(name) }]),
  );
}
