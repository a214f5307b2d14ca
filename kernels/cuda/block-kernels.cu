#include "block-kernels.h"

#include "numbers.cuh"
#include "reductions.cuh"

namespace videre::cuda {
namespace {

constexpr int warpsPerBlock = 8;

// A warp a row, kept in registers: `quads` * 128 values at most.
template <class T, int quads>
__global__ __launch_bounds__(32 * warpsPerBlock) void normalizeKernel(float* residual, const float* positions,
                                                                      const float* gamma, T* normalized,
                                                                      std::size_t rows, int tokens, int width,
                                                                      float eps) {
  const std::size_t row = blockIdx.x * static_cast<std::size_t>(warpsPerBlock) + threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  if (row >= rows) return;
  float* const values = residual + row * width;
  const int token = positions == nullptr ? 0 : static_cast<int>(row % tokens);
  float4 x[quads];
  float squares = 0.0f;
#pragma unroll
  for (int i = 0; i < quads; ++i) {
    const int column = (i * 32 + lane) * 4;
    x[i] = float4{};
    if (column >= width) continue;
    if (positions == nullptr || token > 0) x[i] = *reinterpret_cast<const float4*>(values + column);
    if (positions != nullptr) {
      const float4 p = *reinterpret_cast<const float4*>(positions + static_cast<std::size_t>(token) * width + column);
      x[i] = {x[i].x + p.x, x[i].y + p.y, x[i].z + p.z, x[i].w + p.w};
      *reinterpret_cast<float4*>(values + column) = x[i];
    }
    squares += x[i].x * x[i].x + x[i].y * x[i].y + x[i].z * x[i].z + x[i].w * x[i].w;
  }
  const float scale = rsqrtf(sumOfWarp(squares) / width + eps);
#pragma unroll
  for (int i = 0; i < quads; ++i) {
    const int column = (i * 32 + lane) * 4;
    if (column >= width) continue;
    const float4 g = *reinterpret_cast<const float4*>(gamma + column);
    const T result[4] = {fromFloat<T>(x[i].x * scale * g.x), fromFloat<T>(x[i].y * scale * g.y),
                         fromFloat<T>(x[i].z * scale * g.z), fromFloat<T>(x[i].w * scale * g.w)};
    *reinterpret_cast<uint2*>(normalized + row * width + column) = *reinterpret_cast<const uint2*>(result);
  }
}

template <class T>
cudaError_t normalizeAs(float* residual, const float* positions, const float* gamma, T* normalized, std::size_t rows,
                        int tokens, int width, float eps, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>((rows + warpsPerBlock - 1) / warpsPerBlock);
  const auto launch = [&](auto kernel) {
    kernel<<<blocks, 32 * warpsPerBlock, 0, stream>>>(residual, positions, gamma, normalized, rows, tokens, width, eps);
    return cudaGetLastError();
  };
  if (width <= 256) return launch(normalizeKernel<T, 2>);
  if (width <= 384) return launch(normalizeKernel<T, 3>);
  if (width <= 640) return launch(normalizeKernel<T, 5>);
  return launch(normalizeKernel<T, 8>);
}

}  // namespace

cudaError_t normalizeRows(float* residual, const float* positions, const float* gamma, void* normalized, NumberType type,
                          std::size_t rows, int tokens, int width, float eps, cudaStream_t stream) {
  switch (type) {
    case NumberType::float16:
      return normalizeAs(residual, positions, gamma, static_cast<float16*>(normalized), rows, tokens, width, eps, stream);
    case NumberType::bfloat16:
      return normalizeAs(residual, positions, gamma, static_cast<bfloat16*>(normalized), rows, tokens, width, eps, stream);
    case NumberType::float32: break;
  }
  return cudaErrorInvalidValue;
}

}  // namespace videre::cuda
