#include "small-batch-scan.h"

#include "small-batch-scan.cuh"

namespace videre::cuda {
namespace {

// What was fastest on an H200; see notes.md.
template <class T>
using Tuned = SmallBatch<T, 8, 1>;

int blocksFor(const DeviceScan& scan) { return scan.batch * (scan.channels / Tuned<bfloat16>::channels); }

// Allows the kernel the shared memory it wants. @returns how many blocks the device then holds, 0 if it cannot run
template <class T>
int placesFor() {
  using Sizes = Tuned<T>;
  const auto kernel = smallBatchScanKernel<T, Sizes>;
  constexpr int bytes = sizeof(typename Sizes::Shared);
  int device = 0, multiprocessors = 0, blocks = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device);
  const bool fits = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes) == cudaSuccess &&
                    cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, Sizes::threads, bytes) == cudaSuccess;
  if (!fits) cudaGetLastError();
  return fits ? blocks * multiprocessors : 0;
}

bool isOnPacks(const void* pointer, std::int64_t stride) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0 && stride % 8 == 0;
}

template <class T>
cudaError_t launch(const DeviceScan& scan, cudaStream_t stream) {
  using Sizes = Tuned<T>;
  smallBatchScanKernel<T, Sizes><<<blocksFor(scan), Sizes::threads, sizeof(typename Sizes::Shared), stream>>>(scan);
  return cudaGetLastError();
}

}  // namespace

bool isSmallBatch(const DeviceScan& scan) {
  for (const DeviceScanDirection* direction : {&scan.forward, &scan.backward}) {
    if (direction->u == nullptr || !isOnPacks(direction->u, scan.channels) || !isOnPacks(direction->delta, 0)) return false;
    if (!isOnPacks(direction->B, scan.bcStride) || !isOnPacks(direction->C, 0)) return false;
  }
  if (!isOnPacks(scan.out, 0) || (scan.z != nullptr && !isOnPacks(scan.z, scan.zStride))) return false;
  switch (scan.type) {
    case NumberType::float32: break;
    case NumberType::float16: return blocksFor(scan) <= placesFor<float16>();
    case NumberType::bfloat16: return blocksFor(scan) <= placesFor<bfloat16>();
  }
  return false;
}

cudaError_t launchSmallBatchScan(const DeviceScan& scan, cudaStream_t stream) {
  switch (scan.type) {
    case NumberType::float32: break;
    case NumberType::float16: return launch<float16>(scan, stream);
    case NumberType::bfloat16: return launch<bfloat16>(scan, stream);
  }
  return cudaErrorInvalidValue;
}

}  // namespace videre::cuda
