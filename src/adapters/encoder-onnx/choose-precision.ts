import { AppError } from '../../domain/errors.js';
import type { BundleDescription, Precision } from '../../model/bundle.js';
import type { BlockKernel } from '../../model/scan-operands.js';

const precisions: readonly string[] = ['f32', 'int8'] satisfies Precision[];

/**
 * VIDERE_PRECISION, or what the bundle asks for where the machine can do it, or f32.
 * @throws AppError `invalid-input` for a precision that is none, `missing-dependency` when VIDERE_PRECISION wants what
 * this machine cannot do.
 */
export function choosePrecision(
  { cpuPrecision = 'f32' }: Pick<BundleDescription, 'cpuPrecision'>,
  { int8DotProduct }: Pick<BlockKernel, 'int8DotProduct'>,
  environment: NodeJS.ProcessEnv = process.env,
): Precision {
  const wanted = environment.VIDERE_PRECISION || undefined;
  if (wanted === undefined) return int8DotProduct ? cpuPrecision : 'f32';
  if (!precisions.includes(wanted)) {
    throw new AppError('invalid-input', `There is no precision "${wanted}".`, {
      hint: `VIDERE_PRECISION is one of ${precisions.join(', ')}.`,
      details: { actual: wanted, accepted: precisions },
    });
  }
  if (wanted === 'int8' && !int8DotProduct) {
    throw new AppError('missing-dependency', 'This machine has no 8-bit dot product (VNNI) for int8.', {
      hint: 'Unset VIDERE_PRECISION, or set it to f32; where the native kernels are not built, npm run build:native.',
    });
  }
  return wanted as Precision;
}
