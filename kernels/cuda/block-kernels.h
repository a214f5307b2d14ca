// What lies between the matrix products of a block: norm, convolution. T is float16 or bfloat16, by `type`.
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

/**
 * The depthwise convolutions of both directions and SiLU: u[0, b, t] = silu(bias[0] + sum_d taps[0, d] x[b, t - d]),
 * u[1, b, t] likewise of x[b, t + d]; tokens beyond the sequence count as 0.
 * @param x row (b, t) of `channels` values starts at (b * tokens + t) * xStride
 * @param taps [2, 4, channels]; bias [2, channels]; u [2, batch, tokens, channels]
 */
cudaError_t convolve(const void* x, std::int64_t xStride, const float* taps, const float* bias, void* u, NumberType type,
                     int batch, int tokens, int channels, cudaStream_t stream);

}  // namespace videre::cuda
