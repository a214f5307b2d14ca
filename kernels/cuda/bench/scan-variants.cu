// The variants of the scan kernel that notes.md compares, on one shape.
#include <cstdio>
#include <cstdlib>

#include "matrix-scan.cuh"
#include "measure.cuh"
#include "random-scan.cuh"

using namespace videre::cuda;

template <class Variant>
void measure(Stopwatch& stopwatch, const RandomScan& random, int segments, const char* kind = "fma") {
  const DeviceScan& scan = random.scan();
  ScanLaunch launch;
  launch.scan = scan;
  launch.tilesPerChunk = (scan.length + tileTokens<bfloat16, Variant> - 1) / tileTokens<bfloat16, Variant>;
  const auto kernel = scanKernel<bfloat16, Variant, ScanPass::whole, true>;
  require(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout, 100), "carveout");
  int blocks = 0;
  require(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, 64 * Variant::warps, 0), "occupancy");
  int multiprocessors = 0;
  require(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0), "multiprocessors");
  const int places = blocks * multiprocessors, threads = 64 * Variant::warps;
  const int jobs = (scan.channels + Variant::blockChannels - 1) / Variant::blockChannels * scan.batch;
  const int steps = launch.tilesPerChunk + launch.tilesPerChunk % 2;
  const DeviceBytes states(static_cast<std::size_t>(jobs) * 2 * scanStates * threads * sizeof(float));
  const DeviceBytes counters((jobs + 1) * sizeof(unsigned));
  auto* const taken = static_cast<unsigned*>(counters.get());
  launch.queue = {jobs, (steps + segments - 1) / segments, segments, states.floats(), taken + 1, taken};
  const double milliseconds = stopwatch.median(9, nullptr, [&] {
    require(cudaMemsetAsync(taken, 0, (jobs + 1) * sizeof(unsigned)), "counters");
    kernel<<<std::min(jobs, places), threads>>>(launch);
  });
  std::printf("{\"variant\":\"%s own %d warps %d polynomials %2d minBlocks %2d unroll %2d segments %2d\",\"blocks\":%d,\"batch\":%d,"
              "\"milliseconds\":%.4f,\"stateUpdatesPerSecond\":%.4g}\n",
              kind, Variant::own, Variant::warps, Variant::polynomials, Variant::minBlocks, Variant::unroll, segments, blocks, scan.batch, milliseconds,
              random.stateUpdates() / milliseconds * 1e3);
  std::fflush(stdout);
}

int main(int count, char** arguments) {
  Stopwatch stopwatch;
  for (int i = 1; i < count; ++i) {
    const RandomScan random(NumberType::bfloat16, std::atoi(arguments[i]), 1569, 1152);
    measure<ScanVariant<1, 2, 0, 9, 4>>(stopwatch, random, 8);
    measure<ScanVariant<1, 2, 0, 6, 8>>(stopwatch, random, 8);
    for (const int segments : {1, 3, 4, 5, 8}) measure<ScanVariant<1, 2, 2, 4, 8>>(stopwatch, random, segments);
    measure<ScanVariant<1, 2, 0, 4, 8>>(stopwatch, random, 4);
    measure<ScanVariant<1, 2, 1, 4, 8>>(stopwatch, random, 4);
    measure<ScanVariant<1, 2, 3, 4, 8>>(stopwatch, random, 4);
    measure<ScanVariant<1, 1, 2, 8, 8>>(stopwatch, random, 4);
    measure<ScanVariant<2, 2, 2, 3, 4>>(stopwatch, random, 4);
    measure<MatrixVariant<2, 0, 5, 8>>(stopwatch, random, 8, "matrix");
    measure<MatrixVariant<2, 2, 5, 8>>(stopwatch, random, 8, "matrix");
  }
}
