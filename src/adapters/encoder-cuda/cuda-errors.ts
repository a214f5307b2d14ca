import { AppError, type ErrorCode, toAppError } from '../../domain/errors.js';
import type { CudaErrorCode } from './cuda-addon.js';

const meanings: Record<CudaErrorCode, { code: ErrorCode; hint?: string }> = {
  noDevice: { code: 'missing-dependency', hint: 'VIDERE_ENGINE=cpu does without a GPU.' },
  unsupportedDevice: {
    code: 'missing-dependency',
    hint: 'npm run build:cuda builds for the GPU of this machine.',
  },
  missingLibrary: { code: 'missing-dependency' },
  outOfMemory: {
    code: 'out-of-memory',
    hint: 'End what else uses the GPU, or take fewer clips at once with VIDERE_CUDA_BATCH.',
  },
  invalidModel: { code: 'invalid-model' },
  invalidInput: { code: 'invalid-input' },
  deviceFailure: { code: 'internal', hint: 'The GPU must be set up anew: start Videre again.' },
};

/** What the addon threw, as an AppError with the same message. */
export function cudaError(thrown: unknown): AppError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (typeof code !== 'string' || !isCudaErrorCode(code)) return toAppError(thrown);
  const { code: appCode, hint } = meanings[code];
  const options = { cause: thrown, details: { cudaError: code } };
  const { message } = thrown as Error;
  return new AppError(appCode, message, hint === undefined ? options : { ...options, hint });
}

function isCudaErrorCode(code: string): code is CudaErrorCode {
  return Object.hasOwn(meanings, code);
}
