#include "selective-scan.h"

#include <algorithm>

#include "selective-scan-kernel.cuh"

namespace videre::cuda {
namespace {

// What was fastest on an H200; see notes.md.
template <class T>
struct Tuning {
  using Variant = ScanVariant<1, 2, 2, 4, 8>;
};
template <>
struct Tuning<float> {
  using Variant = ScanVariant<1, 2, 0, 4, 4>;
};

template <class T>
constexpr int tokensOfTile = tileTokens<T, typename Tuning<T>::Variant>;
constexpr int warps = Tuning<bfloat16>::Variant::warps;
constexpr int own = Tuning<bfloat16>::Variant::own;
constexpr int blockChannels = Tuning<bfloat16>::Variant::blockChannels;
static_assert(warps == Tuning<float>::Variant::warps && own == Tuning<float>::Variant::own);

int directionsOf(const DeviceScan& scan) { return (scan.forward.u != nullptr) + (scan.backward.u != nullptr); }
int threadsOf(const DeviceScan& scan) { return 32 * warps * directionsOf(scan); }
int tilesOf(const DeviceScan& scan) {
  const int tokens = scan.type == NumberType::float32 ? tokensOfTile<float> : tokensOfTile<bfloat16>;
  return (scan.length + tokens - 1) / tokens;
}
int jobsOf(const DeviceScan& scan) { return (scan.channels + blockChannels - 1) / blockChannels * scan.batch; }
int stepsOf(const DeviceScan& scan) { return tilesOf(scan) + (directionsOf(scan) == 2 ? tilesOf(scan) % 2 : 0); }
std::size_t elementSize(const DeviceScan& scan) { return scan.type == NumberType::float32 ? 4 : 2; }

// States on their way from one segment of a job to the next.
std::size_t stateBytes(const DeviceScan& scan) {
  return sizeof(float) * own * scanStates * static_cast<std::size_t>(jobsOf(scan)) * threadsOf(scan);
}

// Summaries of both directions, present or not: [2, chunks, B, E] x (N states and a sum).
std::size_t summariesOf(const DeviceScan& scan, int chunks) {
  return std::size_t{2} * chunks * scan.batch * scan.channels;
}

bool isMultiple(const void* pointer, std::size_t bytes) { return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0; }

// Whether all rows start on 16 bytes, and those of B and C on four values.
bool isAligned(const DeviceScan& scan) {
  const std::size_t size = elementSize(scan);
  const auto rows = [&](const void* pointer, std::int64_t stride) {
    return isMultiple(pointer, 16) && stride * size % 16 == 0;
  };
  for (const DeviceScanDirection* direction : {&scan.forward, &scan.backward}) {
    if (direction->u == nullptr) continue;
    if (!rows(direction->u, scan.channels) || !rows(direction->delta, scan.channels)) return false;
    if (!isMultiple(direction->B, 4 * size) || !isMultiple(direction->C, 4 * size) || scan.bcStride % 4 != 0) return false;
  }
  return rows(scan.out, scan.channels) && (scan.z == nullptr || rows(scan.z, scan.zStride));
}

template <class T, bool aligned>
cudaError_t launchAs(const ScanLaunch& launched, int blocks, cudaStream_t stream) {
  using Variant = typename Tuning<T>::Variant;
  const int threads = threadsOf(launched.scan);
  if (launched.chunks == 1) {
    scanKernel<T, Variant, ScanPass::whole, aligned><<<blocks, threads, 0, stream>>>(launched);
  } else {
    scanKernel<T, Variant, ScanPass::summarize, aligned><<<blocks, threads, 0, stream>>>(launched);
    scanKernel<T, Variant, ScanPass::resume, aligned><<<blocks, threads, 0, stream>>>(launched);
  }
  return cudaGetLastError();
}

template <class T>
cudaError_t launchOf(const ScanLaunch& launched, int blocks, cudaStream_t stream) {
  return isAligned(launched.scan) ? launchAs<T, true>(launched, blocks, stream) : launchAs<T, false>(launched, blocks, stream);
}

// Blocks that the device holds at once.
template <class T>
int placesFor(int threads) {
  int device = 0, multiprocessors = 1, blocks = 1;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device);
  const auto kernel = scanKernel<T, typename Tuning<T>::Variant, ScanPass::whole, true>;
  cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout, cudaSharedmemCarveoutMaxShared);
  if (cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, 0) != cudaSuccess) blocks = 1;
  return std::max(1, blocks * multiprocessors);
}

int placesOf(const DeviceScan& scan) {
  switch (scan.type) {
    case NumberType::float32: return placesFor<float>(threadsOf(scan));
    case NumberType::float16: return placesFor<float16>(threadsOf(scan));
    case NumberType::bfloat16: break;
  }
  return placesFor<bfloat16>(threadsOf(scan));
}

}  // namespace

ScanPlan planScan(const DeviceScan& scan) {
  ScanPlan plan;
  const int jobs = jobsOf(scan), places = placesOf(scan), tiles = tilesOf(scan);
  plan.blocks = jobs;
  // Without a guarantee of whole 16 byte words, what other blocks wrote might be read from a stale cache.
  if (jobs > places && isAligned(scan)) {
    plan.blocks = places;
    plan.segments = std::max(1, std::min(4, stepsOf(scan) / 8));
    plan.workspaceBytes = stateBytes(scan) + (jobs + 1) * sizeof(unsigned);
    return plan;
  }
  // A chunk costs its tokens twice, so cutting pays only where most places would stay empty; chunks of fewer than three
  // tiles cost more in summaries than they bring.
  if (jobs * 3 > places || tiles < 8) return plan;
  return planChunks(scan, std::min({places / jobs, tiles / 3, 32}));
}

ScanPlan planChunks(const DeviceScan& scan, int wanted) {
  ScanPlan plan;
  const int tiles = tilesOf(scan), tilesPerChunk = (tiles + std::max(1, wanted) - 1) / std::max(1, wanted);
  plan.chunks = (tiles + tilesPerChunk - 1) / tilesPerChunk;
  plan.blocks = jobsOf(scan) * plan.chunks;
  if (plan.chunks > 1) plan.workspaceBytes = summariesOf(scan, plan.chunks) * (scanStates + 1) * sizeof(float);
  return plan;
}

cudaError_t launchScan(const DeviceScan& scan, const ScanPlan& plan, void* workspace, cudaStream_t stream) {
  if (scan.batch == 0 || scan.length == 0 || scan.channels == 0) return cudaSuccess;
  auto* const floats = static_cast<float*>(workspace);
  ScanLaunch launched;
  launched.scan = scan;
  launched.chunks = plan.chunks;
  launched.tilesPerChunk = (tilesOf(scan) + plan.chunks - 1) / plan.chunks;
  if (plan.chunks > 1) launched.summaries = {floats, floats + summariesOf(scan, plan.chunks) * scanStates};
  launched.queue.jobs = jobsOf(scan) * plan.chunks;
  launched.queue.segments = plan.segments;
  const int steps = launched.tilesPerChunk + (directionsOf(scan) == 2 ? launched.tilesPerChunk % 2 : 0);
  launched.queue.stepsPerSegment = (steps + plan.segments - 1) / plan.segments;
  if (plan.blocks < launched.queue.jobs * plan.segments) {
    auto* const counters = reinterpret_cast<unsigned*>(static_cast<char*>(workspace) + stateBytes(scan));
    launched.queue.states = floats;
    launched.queue.finished = counters + 1;
    launched.queue.taken = counters;
    const cudaError_t error = cudaMemsetAsync(counters, 0, (jobsOf(scan) + 1) * sizeof(unsigned), stream);
    if (error != cudaSuccess) return error;
  }
  switch (scan.type) {
    case NumberType::float32: return launchOf<float>(launched, plan.blocks, stream);
    case NumberType::float16: return launchOf<float16>(launched, plan.blocks, stream);
    case NumberType::bfloat16: return launchOf<bfloat16>(launched, plan.blocks, stream);
  }
  return cudaErrorInvalidValue;
}

}  // namespace videre::cuda
