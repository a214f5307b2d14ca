import type { SelectiveScanKernel } from '../../model/selective-scan.js';
import type { CudaAddonResult } from './cuda-addon.js';
import { cudaError } from './cuda-errors.js';
import { requireCuda } from './require-cuda.js';

/**
 * The GPU's scan alone, through host memory: for tests and conformance, where it computes in f32.
 * @throws AppError `missing-dependency` where there is no GPU for it.
 */
export function cudaScan(native: CudaAddonResult): SelectiveScanKernel {
  const { addon } = requireCuda(native);
  return {
    name: 'cuda',
    run(shape, input, out) {
      try {
        addon.selectiveScan(shape, input, out);
      } catch (thrown) {
        throw cudaError(thrown);
      }
    },
  };
}
