import { AppError } from '../../domain/errors.js';
import type { SelectiveScanKernel } from '../../model/selective-scan.js';
import type { NativeScanAddon, NativeScanLevel } from './native-addon.js';
import { validateScan } from './validate-scan.js';

/** The addon at one instruction set level. Results do not depend on `threads`. */
export function nativeScan(
  addon: NativeScanAddon,
  level: NativeScanLevel,
  threads: number,
): SelectiveScanKernel {
  return {
    name: level,
    run(shape, input, out) {
      validateScan(shape, input, out);
      try {
        addon.selectiveScan(level, threads, shape, input, out);
      } catch (error) {
        throw new AppError(
          'internal',
          `The native scan failed: ${error instanceof Error ? error.message : error}`,
          {
            cause: error,
            details: { op: 'selectiveScan', shape: { ...shape } },
          },
        );
      }
    },
  };
}
