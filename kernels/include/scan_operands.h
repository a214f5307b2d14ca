// What the two scans of a bidirectional Mamba block read, from the block's inner tokens x. For each direction:
//   u_t = silu(bias + sum_d taps_d x_{t -+ d});   projected_t = projection^T u_t
// t - d forward, t + d backward: tensors are stored in natural token order, so the backward direction's causal
// convolution over reversed tokens is an anti-causal one. Tokens beyond the sequence count as 0.
// Gu & Dao 2023, "Mamba", figure 3; Li et al. 2024, "VideoMamba".
#pragma once

#include <cstdint>

namespace videre {

struct OperandShape {
  std::int64_t batch;
  std::int64_t length;    // L, tokens
  std::int64_t channels;  // E
  std::int64_t taps;      // W, of the convolution
  std::int64_t projected; // P, values projected from a token: the rank of delta, and the scan's B and C
};

struct OperandDirection {
  const float* taps = nullptr;        // [W, E], tap 0 is the token's own
  const float* bias = nullptr;        // [E]
  const float* projection = nullptr;  // [E, P]
  float* u = nullptr;                 // [B, L, E]
  float* projected = nullptr;         // [B, L, P]
};

struct OperandParameters {
  OperandShape shape{};
  const float* x = nullptr;           // row (b, t) of E values starts at (b * L + t) * xStride
  std::int64_t xStride = 0;
  OperandDirection forward;
  OperandDirection backward;          // overlaps neither x nor the forward outputs
};

}  // namespace videre
