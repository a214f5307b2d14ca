import { AppError } from '../../domain/errors.js';
import type { BlockKernel } from '../../model/scan-operands.js';
import type { NativeScanAddon, NativeScanLevel } from './native-addon.js';
import { validateOperands } from './validate-operands.js';
import { validateScan } from './validate-scan.js';

/** The addon at one instruction set level. Results do not depend on `threads`. */
export function nativeScan(addon: NativeScanAddon, level: NativeScanLevel, threads: number): BlockKernel {
  return {
    name: level,
    int8DotProduct: addon.int8DotProduct,
    run(shape, input, out) {
      validateScan(shape, input, out);
      explained('selectiveScan', shape, () => addon.selectiveScan(level, threads, shape, input, out));
    },
    makeOperands(shape, input, output) {
      validateOperands(shape, input, output);
      explained('makeScanOperands', shape, () =>
        addon.makeScanOperands(level, threads, shape, input, output),
      );
    },
  };
}

function explained(op: keyof NativeScanAddon, shape: object, call: () => void): void {
  try {
    call();
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new AppError('internal', `The native kernel ${op} failed: ${reason}`, {
      cause: error,
      details: { op, shape: { ...shape } },
    });
  }
}
