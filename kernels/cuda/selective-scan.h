// The selective scan of a bidirectional Mamba block on the GPU, channel-last: ../include/selective_scan.h on device memory,
// in three number types; states, sums and parameters are float32.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace videre::cuda {

enum class NumberType { float32, float16, bfloat16 };

// Tensors of activations are of the scan's number type, in natural token order whichever way the direction runs.
struct DeviceScanDirection {
  const void* u = nullptr;           // [B, L, E]; null: the direction is absent
  const void* delta = nullptr;       // [B, L, E], before bias and softplus
  const float* A = nullptr;          // [E, N], negative
  const void* B = nullptr;           // row (b, t) of N values starts at (b * L + t) * bcStride
  const void* C = nullptr;           // likewise
  const float* D = nullptr;          // [E]; null: 0
  const float* deltaBias = nullptr;  // [E]; null: 0
};

struct DeviceScan {
  NumberType type = NumberType::bfloat16;
  int batch = 0;
  int length = 0;    // L
  int channels = 0;  // E; N is 16
  std::int64_t bcStride = 0;
  DeviceScanDirection forward, backward;
  const void* z = nullptr;   // gate; row (b, t) of E values starts at (b * L + t) * zStride; null: none
  std::int64_t zStride = 0;
  void* out = nullptr;       // [B, L, E]; overlaps no operand
};

// How a scan is spread over a device; see selective-scan-kernel.cuh.
struct ScanPlan {
  int chunks = 1;    // pieces the tokens are cut into, computed side by side where the batch does not fill the device
  int segments = 1;  // pieces of a sequence that are computed one after the other, perhaps by different blocks
  int blocks = 0;
  std::size_t workspaceBytes = 0;
};

/** The plan for the current device. */
ScanPlan planScan(const DeviceScan& scan);

/** Tokens cut into about so many chunks, whatever the device. */
ScanPlan planChunks(const DeviceScan& scan, int chunks);

/** @param workspace `plan.workspaceBytes` of device memory, of this launch alone until it is done */
cudaError_t launchScan(const DeviceScan& scan, const ScanPlan& plan, void* workspace, cudaStream_t stream);

}  // namespace videre::cuda
