// The weights of a video encoder on the device, in the layouts the kernels read.
#pragma once

#include <string>
#include <vector>

#include "device-memory.h"
#include "encoder-sizes.h"
#include "selective-scan.h"

namespace videre::cuda {

// Both directions of a block side by side, the forward one first, so that one launch or product serves both.
struct BlockWeights {
  const float* norm = nullptr;             // [C]
  const void* inProjection = nullptr;      // [2 E, C]
  const float* taps = nullptr;             // [2, W, E], tap 0 is the token's own
  const float* convolutionBias = nullptr;  // [2, E]
  const void* projection = nullptr;        // [2, P, E]: delta's rank (rows of zeros up to a multiple of 8), B, C
  const void* deltaProjection = nullptr;   // [2, E, rank], columns of zeros likewise
  const float* deltaBias = nullptr;        // [2, E]
  const float* A = nullptr;                // [2, E, N]
  const float* D = nullptr;                // [2, E]
  const void* outProjection = nullptr;     // [C, E]
};

struct EncoderWeights {
  const void* patchKernel = nullptr;    // [C, 3 * tubelet * patch^2]
  const float* positions = nullptr;     // [L, C], all that is added to the patches; row 0 is the class token
  std::vector<BlockWeights> blocks;
  const float* lastNorm = nullptr;      // [C]
  const float* poolNorm = nullptr;      // [C]; retrieval
  const float* poolNormBias = nullptr;  // [C]; retrieval
  const float* head = nullptr;          // [outputs, C]
  const float* headBias = nullptr;      // [outputs]
  DeviceBuffer memory;
};

std::size_t weightBytes(const VideoEncoderConfig& config, const EncoderSizes& sizes);

/** @throws Failure `invalidModel` when a tensor is missing or has another shape. */
EncoderWeights uploadWeights(const VideoEncoderConfig& config, const EncoderSizes& sizes, const TensorTable& tensors);

}  // namespace videre::cuda
