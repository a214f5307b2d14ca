// What a block computes between its input projection and its scan, in one kernel: the depthwise convolutions of both
// directions and SiLU, from them delta's low rank, B and C, and from that delta.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "selective-scan.h"

namespace videre::cuda {

// Both directions side by side, the forward one first, each as the function of the name lays it down for the kernel.
struct MixerInputWeights {
  const float* convolution = nullptr;     // packConvolution
  const void* projection = nullptr;       // packProjection, of the input's type
  const void* deltaProjection = nullptr;  // packDeltaProjection, of the input's type
  const float* deltaBias = nullptr;       // packDeltaBias
};

// E channels in a multiple of 8, delta's rank in a multiple of 16 up to `largestRank`; everything on 16 bytes.
struct MixerInput {
  NumberType type = NumberType::bfloat16;  // float16 or bfloat16
  int batch = 0, tokens = 0, channels = 0, rank = 0;
  const void* x = nullptr;  // row (b, t) of E values starts at (b * tokens + t) * xStride
  std::int64_t xStride = 0;
  MixerInputWeights weights;
  void* u = nullptr;      // [2, B, L, E] = silu(convolution)
  void* delta = nullptr;  // [2, B, L, E], log2(1 + 2^(raw + bias))
  void* bc = nullptr;     // [2, B, L, 32]: B, then C
};

constexpr int largestRank = 64;

/** Weights of one direction: kernel [E, 4], the last the token's own; bias [E]. */
std::vector<float> packConvolution(const std::vector<float>& kernel, const std::vector<float>& bias, bool isForward);

/** x_proj of one direction: [rank + 32, E], delta's rank first. */
std::vector<float> packProjection(const std::vector<float>& matrix, int rank, int channels);

/** dt_proj of one direction: [E, rank]. */
std::vector<float> packDeltaProjection(const std::vector<float>& matrix, int rank, int channels);

/** dt_proj's bias of one direction: [E]. */
std::vector<float> packDeltaBias(std::vector<float> bias);

cudaError_t computeMixerInput(const MixerInput& input, cudaStream_t stream);

}  // namespace videre::cuda
