// The selective scan of a bidirectional Mamba block, channel-last. For each direction, with
// delta' = softplus(delta + delta_bias):
//   h_t = exp(delta'_t A) h_{t-1} + delta'_t B_t u_t;   y_t = C_t . h_t + D u_t
// and out = (y_forward + y_backward) * silu(z).
// Gu & Dao 2023, "Mamba", section 3.2; Li et al. 2024, "VideoMamba".
#pragma once

#include <cstdint>

namespace videre {

struct ScanShape {
  std::int64_t batch;
  std::int64_t length;    // L, tokens
  std::int64_t channels;  // E
  std::int64_t states;    // N, per channel
};

// One direction of the recurrence. Tensors are stored in natural token order whichever way it runs.
struct ScanDirection {
  const float* u = nullptr;           // [B, L, E]; null: the direction is absent
  const float* delta = nullptr;       // [B, L, E], before bias and softplus; of low rank where there is a projection
  const float* deltaProjection = nullptr;  // [R, E]: row (b, t) of `delta` starts at (b * L + t) * bcStride, holds R
                                           // values, and is multiplied with it; null: `delta` is whole
  std::int64_t deltaRank = 0;         // R
  const float* A = nullptr;           // [E, N], negative
  const float* B = nullptr;           // row (b, t) of N values starts at (b * L + t) * bcStride
  const float* C = nullptr;           // likewise
  std::int64_t bcStride = 0;
  const float* D = nullptr;           // [E]
  const float* deltaBias = nullptr;   // [E]
};

struct ScanParameters {
  ScanShape shape{};
  ScanDirection forward;              // t = 0 .. L-1
  ScanDirection backward;             // t = L-1 .. 0
  const float* z = nullptr;           // gate; row (b, t) of E values starts at (b * L + t) * zStride; null: none
  std::int64_t zStride = 0;
  float* out = nullptr;               // [B, L, E]; overlaps no operand
};

}  // namespace videre
