// From the residual after the last block to what leaves the encoder; all in float32.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

namespace videre::cuda {

/** RMSNorm of every token but each clip's first: residual [batch, tokens, width] -> out [batch, tokens - 1, width]. */
cudaError_t normalizePatches(const float* residual, const float* gamma, float* out, int batch, int tokens, int width,
                             float eps, cudaStream_t stream);

/**
 * pooled[b, t] = LayerNorm(x[b, 0] + mean of x[b] over the patches of time step t), x = RMSNorm(residual).
 * @param pooled [batch, timeSteps, width]
 */
cudaError_t poolTimeSteps(const float* residual, const float* lastNorm, const float* weight, const float* bias,
                          float* pooled, int batch, int timeSteps, int patchesPerFrame, int width, float eps,
                          cudaStream_t stream);

/** RMSNorm of each clip's first token: residual [batch, tokens, width] -> features [batch, width]. */
cudaError_t normalizeFirst(const float* residual, const float* gamma, float* features, int batch, int tokens, int width,
                           float eps, cudaStream_t stream);

/** y[row] = weight x[row] + bias; x [rows, inputs], weight [outputs, inputs], y [rows, outputs]. */
cudaError_t projectRows(const float* x, const float* weight, const float* bias, float* y, int rows, int inputs, int outputs,
                        cudaStream_t stream);

/** vectors[b] = mean over t of x[b, t] / |x[b, t]|; x [batch, timeSteps, width], vectors [batch, width]. */
cudaError_t averageUnitVectors(const float* x, float* vectors, int batch, int timeSteps, int width, cudaStream_t stream);

}  // namespace videre::cuda
