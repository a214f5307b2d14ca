#include "selective-scan.h"

#include <algorithm>

#include "selective-scan-kernel.cuh"

namespace videre::cuda {
namespace {

// Two lanes share two channels: the granularity of one channel a lane, half the reads of B and C. 9 blocks of 4 warps a
// multiprocessor hold 64 sequences of 1,152 channels in one wave on 132 of them.
using Variant = ScanVariant<2, 1, 2, 3, 9, 4>;

int directionsOf(const DeviceScan& scan) { return (scan.forward.u != nullptr) + (scan.backward.u != nullptr); }
int tilesOf(const DeviceScan& scan) { return (scan.length + tileTokens - 1) / tileTokens; }
int stripsOf(const DeviceScan& scan) { return (scan.channels + Variant::blockChannels - 1) / Variant::blockChannels; }

// Summaries of both directions, present or not: [2, chunks, B, E] x (N states and a sum).
std::size_t summariesOf(const DeviceScan& scan, int chunks) {
  return std::size_t{2} * chunks * scan.batch * scan.channels;
}

bool isMultiple(const void* pointer, std::size_t bytes) { return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0; }

// Whether all rows start on 16 bytes, and those of B and C on four values.
bool isAligned(const DeviceScan& scan, std::size_t size) {
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
cudaError_t launch(const ScanLaunch& launch, cudaStream_t stream) {
  const DeviceScan& scan = launch.scan;
  const dim3 grid(stripsOf(scan), scan.batch, launch.chunks);
  const dim3 block(32 * Variant::warps * directionsOf(scan));
  if (launch.chunks == 1) {
    scanKernel<T, Variant, ScanPass::whole, aligned><<<grid, block, 0, stream>>>(launch);
  } else {
    scanKernel<T, Variant, ScanPass::summarize, aligned><<<grid, block, 0, stream>>>(launch);
    scanKernel<T, Variant, ScanPass::resume, aligned><<<grid, block, 0, stream>>>(launch);
  }
  return cudaGetLastError();
}

template <class T>
cudaError_t launchOf(const ScanLaunch& launched, cudaStream_t stream) {
  return isAligned(launched.scan, sizeof(T)) ? launch<T, true>(launched, stream) : launch<T, false>(launched, stream);
}

}  // namespace

int scanChunks(const DeviceScan& scan, int multiprocessors) {
  const int blocks = stripsOf(scan) * scan.batch;
  const int tiles = tilesOf(scan);
  // A chunk costs its tokens twice, so cutting pays only where half the multiprocessors' places would stay empty, and
  // chunks of fewer than four tiles cost more in summaries than they bring.
  const int places = multiprocessors * 4;
  if (blocks * 2 > places || tiles < 8) return 1;
  const int wanted = std::max(1, std::min({places / blocks, tiles / 4, 32}));
  const int tilesPerChunk = (tiles + wanted - 1) / wanted;
  return (tiles + tilesPerChunk - 1) / tilesPerChunk;
}

std::size_t scanWorkspaceBytes(const DeviceScan& scan, int chunks) {
  return chunks == 1 ? 0 : summariesOf(scan, chunks) * (scanStates + 1) * sizeof(float);
}

cudaError_t launchScan(const DeviceScan& scan, int chunks, void* workspace, cudaStream_t stream) {
  if (scan.batch == 0 || scan.length == 0 || scan.channels == 0) return cudaSuccess;
  auto* states = static_cast<float*>(workspace);
  ScanLaunch launched;
  launched.scan = scan;
  launched.chunks = chunks;
  launched.tilesPerChunk = (tilesOf(scan) + chunks - 1) / chunks;
  if (chunks > 1) launched.summaries = {states, states + summariesOf(scan, chunks) * scanStates};
  switch (scan.type) {
    case NumberType::float32: return launchOf<float>(launched, stream);
    case NumberType::float16: return launchOf<float16>(launched, stream);
    case NumberType::bfloat16: return launchOf<bfloat16>(launched, stream);
  }
  return cudaErrorInvalidValue;
}

}  // namespace videre::cuda
