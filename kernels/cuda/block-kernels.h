// The norm before a block's first matrix product. T is float16 or bfloat16, by `type`.
#pragma once

#include <cuda_runtime_api.h>

#include "selective-scan.h"

namespace videre::cuda {

/**
 * RMSNorm: normalized = residual / sqrt(mean(residual^2) + eps) * gamma, rows of `width` values.
 * @param positions [tokens, width], added to the residual first, in place; row 0 of each clip is taken from it alone.
 * Null: nothing is added.
 * @param normalized [rows, width] of `type`
 */
cudaError_t normalizeRows(float* residual, const float* positions, const float* gamma, void* normalized, NumberType type,
                          std::size_t rows, int tokens, int width, float eps, cudaStream_t stream);

}  // namespace videre::cuda
