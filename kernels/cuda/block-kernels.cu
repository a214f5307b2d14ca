#include "block-kernels.h"

#include <type_traits>

#include "numbers.cuh"
#include "reductions.cuh"

namespace videre::cuda {
namespace {

constexpr int warpsPerBlock = 8;
constexpr int taps = 4;
constexpr int tokensPerThread = 32;
constexpr int ring = 8;
constexpr int convolutionThreads = 192;

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

// Two neighbouring channels, as they lie in memory.
template <class T>
__device__ __forceinline__ float2 floatsOf(std::uint32_t word) {
  if constexpr (std::is_same_v<T, bfloat16>) return {__uint_as_float(word << 16), __uint_as_float(word & 0xffff0000u)};
  else return __half22float2(*reinterpret_cast<const __half2*>(&word));
}
template <class T>
__device__ __forceinline__ std::uint32_t wordOf(float low, float high) {
  const T both[2] = {fromFloat<T>(low), fromFloat<T>(high)};
  return *reinterpret_cast<const std::uint32_t*>(both);
}

// Two channels a thread, over a run of tokens, with the seven tokens around the current one in registers: x is read once
// for both directions. The registers are a ring whose period is that of the unrolled loop, so that nothing is moved.
template <class T>
__global__ __launch_bounds__(convolutionThreads) void convolveKernel(
    const T* __restrict__ x, std::int64_t xStride, const float* __restrict__ weights, const float* __restrict__ bias,
    T* __restrict__ u, int batch, int tokens, int channels) {
  const int channel = (blockIdx.x * convolutionThreads + threadIdx.x) * 2;
  if (channel >= channels) return;
  const int first = blockIdx.y * tokensPerThread, b = blockIdx.z;
  const int last = min(first + tokensPerThread, tokens);
  float2 w[2][taps], c[2];
#pragma unroll
  for (int direction = 0; direction < 2; ++direction) {
#pragma unroll
    for (int tap = 0; tap < taps; ++tap) {
      w[direction][tap] = *reinterpret_cast<const float2*>(weights + (direction * taps + tap) * channels + channel);
    }
    c[direction] = *reinterpret_cast<const float2*>(bias + direction * channels + channel);
  }
  const std::size_t sequence = static_cast<std::size_t>(b) * tokens;
  T* target = u + (sequence + first) * channels + channel;
  const std::size_t directionSize = static_cast<std::size_t>(batch) * tokens * channels;
  const int end = min(last + taps - 1, tokens);
  const T* source = x + (sequence + first) * xStride + channel - (taps - 1) * xStride;
  int place = first - (taps - 1);  // of the token that is read next
  const auto read = [&] {
    const std::uint32_t word = place >= 0 && place < end ? *reinterpret_cast<const std::uint32_t*>(source) : 0u;
    source += xStride;
    ++place;
    return word;
  };
  float2 window[ring];  // token t - 3 + i of the first token t of a group lies in place i
#pragma unroll
  for (int i = 0; i < 2 * taps - 2; ++i) window[i] = floatsOf<T>(read());
  // Read a group of tokens ahead: what hides the latency of memory.
  std::uint32_t ahead[ring];
#pragma unroll
  for (int i = 0; i < ring; ++i) ahead[i] = read();
  for (int group = first; group < last; group += ring) {
#pragma unroll
    for (int step = 0; step < ring; ++step) {
      window[(step + 2 * taps - 2) % ring] = floatsOf<T>(ahead[step]);
      ahead[step] = read();
      const bool exists = group + step < last;
#pragma unroll
      for (int direction = 0; direction < 2; ++direction) {
        float2 sum = c[direction];
#pragma unroll
        for (int tap = 0; tap < taps; ++tap) {
          const float2 from = window[(step + taps - 1 + (direction == 0 ? -tap : tap)) % ring];
          sum.x = fmaf(w[direction][tap].x, from.x, sum.x);
          sum.y = fmaf(w[direction][tap].y, from.y, sum.y);
        }
        const std::uint32_t word = wordOf<T>(silu<T>(sum.x), silu<T>(sum.y));
        if (exists) *reinterpret_cast<std::uint32_t*>(target + direction * directionSize) = word;
      }
      target += channels;
    }
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

template <class T>
cudaError_t convolveAs(const void* x, std::int64_t xStride, const float* weights, const float* bias, void* u, int batch,
                       int tokens, int channels, cudaStream_t stream) {
  const dim3 grid((channels / 2 + convolutionThreads - 1) / convolutionThreads,
                  (tokens + tokensPerThread - 1) / tokensPerThread, batch);
  convolveKernel<T><<<grid, convolutionThreads, 0, stream>>>(static_cast<const T*>(x), xStride, weights, bias,
                                                             static_cast<T*>(u), batch, tokens, channels);
  return cudaGetLastError();
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

cudaError_t convolve(const void* x, std::int64_t xStride, const float* weights, const float* bias, void* u, NumberType type,
                     int batch, int tokens, int channels, cudaStream_t stream) {
  switch (type) {
    case NumberType::float16: return convolveAs<float16>(x, xStride, weights, bias, u, batch, tokens, channels, stream);
    case NumberType::bfloat16: return convolveAs<bfloat16>(x, xStride, weights, bias, u, batch, tokens, channels, stream);
    case NumberType::float32: break;
  }
  return cudaErrorInvalidValue;
}

}  // namespace videre::cuda
