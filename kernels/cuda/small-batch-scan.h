// The scan of few sequences; see small-batch-scan.cuh.
#pragma once

#include "selective-scan.h"

namespace videre::cuda {

/**
 * Whether the current device holds all of it at once, which is when it is the faster way. It takes both directions of a 16
 * bit type, with rows of all tensors, B and C included, on 16 bytes.
 */
bool isSmallBatch(const DeviceScan& scan);

cudaError_t launchSmallBatchScan(const DeviceScan& scan, cudaStream_t stream);

}  // namespace videre::cuda
