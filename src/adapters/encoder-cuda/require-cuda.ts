import { AppError } from '../../domain/errors.js';
import type { CudaAddon, CudaAddonResult, CudaDevice } from './cuda-addon.js';
import { cudaError } from './cuda-errors.js';

/**
 * The addon, and the first GPU as CUDA counts them (CUDA_VISIBLE_DEVICES chooses).
 * @throws AppError `missing-dependency` when either is not there.
 */
export function requireCuda(native: CudaAddonResult): { addon: CudaAddon; device: CudaDevice } {
  if ('missing' in native) throw new AppError('missing-dependency', native.missing);
  const { addon } = native;
  try {
    return { addon, device: addon.describeDevice(0) };
  } catch (thrown) {
    throw cudaError(thrown);
  }
}
