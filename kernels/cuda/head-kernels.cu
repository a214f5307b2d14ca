#include "head-kernels.h"

#include "reductions.cuh"

namespace videre::cuda {
namespace {

constexpr int warps = 8;
constexpr int threads = 32 * warps;
constexpr int largestWidth = 1024;

// 1 / sqrt(mean of squares + eps) of a row, for a whole warp.
__device__ __forceinline__ float scaleOfRow(const float* row, int width, float eps) {
  float squares = 0.0f;
  for (int column = threadIdx.x % 32; column < width; column += 32) squares += row[column] * row[column];
  return rsqrtf(sumOfWarp(squares) / width + eps);
}

// A warp a row; row r of `out` is token `first + r % count` of clip `r / count`.
__global__ __launch_bounds__(threads) void normalizeKernel(const float* residual, const float* gamma, float* out,
                                                           std::size_t rows, int tokens, int first, int count, int width,
                                                           float eps) {
  const std::size_t row = blockIdx.x * static_cast<std::size_t>(warps) + threadIdx.x / 32;
  if (row >= rows) return;
  const float* const source = residual + (row / count * tokens + first + row % count) * width;
  const float scale = scaleOfRow(source, width, eps);
  for (int column = threadIdx.x % 32; column < width; column += 32) {
    out[row * width + column] = source[column] * scale * gamma[column];
  }
}

// A block a time step; its warps share the patches.
__global__ __launch_bounds__(threads) void poolKernel(const float* residual, const float* lastNorm, const float* weight,
                                                      const float* bias, float* pooled, int patchesPerFrame, int width,
                                                      float eps) {
  __shared__ float sums[largestWidth];
  __shared__ float partial[warps];
  constexpr int columnsPerLane = largestWidth / 32;
  const int t = blockIdx.x, b = blockIdx.y, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const std::size_t tokens = 1 + static_cast<std::size_t>(gridDim.x) * patchesPerFrame;
  const float* const clip = residual + b * tokens * width;
  const float* const frame = clip + (1 + static_cast<std::size_t>(t) * patchesPerFrame) * width;
  for (int column = threadIdx.x; column < width; column += threads) sums[column] = 0.0f;
  __syncthreads();
  float sum[columnsPerLane] = {};
  for (int patch = warp; patch < patchesPerFrame; patch += warps) {
    const float* const row = frame + static_cast<std::size_t>(patch) * width;
    const float scale = scaleOfRow(row, width, eps) / patchesPerFrame;
#pragma unroll
    for (int i = 0; i < columnsPerLane; ++i) {
      const int column = i * 32 + lane;
      if (column < width) sum[i] += row[column] * scale;
    }
  }
  const float scale = scaleOfRow(clip, width, eps);
  // One warp after the other: the order of a sum decides its last bit.
  for (int turn = 0; turn < warps; ++turn) {
    if (turn == warp) {
#pragma unroll
      for (int i = 0; i < columnsPerLane; ++i) {
        const int column = i * 32 + lane;
        if (column < width) sums[column] += sum[i] + (turn == 0 ? clip[column] * scale : 0.0f);
      }
    }
    __syncthreads();
  }
  float total = 0.0f;
  for (int column = threadIdx.x; column < width; column += threads) {
    sums[column] *= lastNorm[column];
    total += sums[column];
  }
  const float mean = sumOfBlock(total, partial) / width;
  float squares = 0.0f;
  for (int column = threadIdx.x; column < width; column += threads) {
    squares += (sums[column] - mean) * (sums[column] - mean);
  }
  const float factor = rsqrtf(sumOfBlock(squares, partial) / width + eps);
  float* const target = pooled + (static_cast<std::size_t>(b) * gridDim.x + t) * width;
  for (int column = threadIdx.x; column < width; column += threads) {
    target[column] = (sums[column] - mean) * factor * weight[column] + bias[column];
  }
}

// A warp an output value.
__global__ __launch_bounds__(threads) void projectKernel(const float* x, const float* weight, const float* bias, float* y,
                                                         int inputs, int outputs) {
  const int output = blockIdx.x * warps + threadIdx.x / 32;
  if (output >= outputs) return;
  const float* const row = x + static_cast<std::size_t>(blockIdx.y) * inputs;
  const float* const column = weight + static_cast<std::size_t>(output) * inputs;
  float sum = 0.0f;
  for (int i = threadIdx.x % 32; i < inputs; i += 32) sum = fmaf(row[i], column[i], sum);
  sum = sumOfWarp(sum);
  if (threadIdx.x % 32 == 0) y[static_cast<std::size_t>(blockIdx.y) * outputs + output] = sum + bias[output];
}

// A block a clip.
__global__ __launch_bounds__(threads) void averageKernel(const float* x, float* vectors, int timeSteps, int width) {
  __shared__ float partial[warps];
  const float* const clip = x + static_cast<std::size_t>(blockIdx.x) * timeSteps * width;
  float* const vector = vectors + static_cast<std::size_t>(blockIdx.x) * width;
  for (int t = 0; t < timeSteps; ++t) {
    const float* const row = clip + static_cast<std::size_t>(t) * width;
    float squares = 0.0f;
    for (int i = threadIdx.x; i < width; i += threads) squares += row[i] * row[i];
    const float factor = 1.0f / (fmaxf(sqrtf(sumOfBlock(squares, partial)), 1e-12f) * timeSteps);
    for (int i = threadIdx.x; i < width; i += threads) vector[i] = (t == 0 ? 0.0f : vector[i]) + row[i] * factor;
  }
}

unsigned blocksFor(std::size_t items) { return static_cast<unsigned>((items + warps - 1) / warps); }

}  // namespace

cudaError_t normalizePatches(const float* residual, const float* gamma, float* out, int batch, int tokens, int width,
                             float eps, cudaStream_t stream) {
  const std::size_t rows = static_cast<std::size_t>(batch) * (tokens - 1);
  normalizeKernel<<<blocksFor(rows), threads, 0, stream>>>(residual, gamma, out, rows, tokens, 1, tokens - 1, width, eps);
  return cudaGetLastError();
}

cudaError_t poolTimeSteps(const float* residual, const float* lastNorm, const float* weight, const float* bias,
                          float* pooled, int batch, int timeSteps, int patchesPerFrame, int width, float eps,
                          cudaStream_t stream) {
  poolKernel<<<dim3(timeSteps, batch), threads, 0, stream>>>(residual, lastNorm, weight, bias, pooled, patchesPerFrame,
                                                             width, eps);
  return cudaGetLastError();
}

cudaError_t normalizeFirst(const float* residual, const float* gamma, float* features, int batch, int tokens, int width,
                           float eps, cudaStream_t stream) {
  normalizeKernel<<<blocksFor(batch), threads, 0, stream>>>(residual, gamma, features, batch, tokens, 0, 1, width, eps);
  return cudaGetLastError();
}

cudaError_t projectRows(const float* x, const float* weight, const float* bias, float* y, int rows, int inputs, int outputs,
                        cudaStream_t stream) {
  projectKernel<<<dim3(blocksFor(outputs), rows), threads, 0, stream>>>(x, weight, bias, y, inputs, outputs);
  return cudaGetLastError();
}

cudaError_t averageUnitVectors(const float* x, float* vectors, int batch, int timeSteps, int width, cudaStream_t stream) {
  averageKernel<<<batch, threads, 0, stream>>>(x, vectors, timeSteps, width);
  return cudaGetLastError();
}

}  // namespace videre::cuda
