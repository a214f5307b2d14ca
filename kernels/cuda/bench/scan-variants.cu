// The variants of the scan kernel that notes.md compares, on one shape.
#include <cstdio>
#include <cstdlib>

#include "../selective-scan-kernel.cuh"
#include "measure.cuh"
#include "random-scan.cuh"

using namespace videre::cuda;

template <class Variant>
void measure(Stopwatch& stopwatch, const RandomScan& random) {
  const DeviceScan& scan = random.scan();
  ScanLaunch launch;
  launch.scan = scan;
  launch.tilesPerChunk = (scan.length + tileTokens - 1) / tileTokens;
  const auto kernel = scanKernel<bfloat16, Variant, ScanPass::whole, true>;
  require(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout, 100), "carveout");
  int blocks = 0;
  require(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, 64 * Variant::warps, 0), "occupancy");
  const dim3 grid((scan.channels + Variant::blockChannels - 1) / Variant::blockChannels, scan.batch, 1);
  const double milliseconds = stopwatch.median(9, nullptr, [&] { kernel<<<grid, 64 * Variant::warps>>>(launch); });
  std::printf("{\"variant\":\"group %d own %d warps %d polynomials %2d minBlocks %2d unroll %2d\",\"blocks\":%d,\"batch\":%d,"
              "\"milliseconds\":%.4f,\"stateUpdatesPerSecond\":%.4g}\n",
              Variant::group, Variant::own, Variant::warps, Variant::polynomials, Variant::minBlocks, Variant::unroll,
              blocks, scan.batch, milliseconds, random.stateUpdates() / milliseconds * 1e3);
  std::fflush(stdout);
}

int main(int count, char** arguments) {
  Stopwatch stopwatch;
  for (int i = 1; i < count; ++i) {
    const RandomScan random(NumberType::bfloat16, std::atoi(arguments[i]), 1569, 1152);
    measure<ScanVariant<1, 1, 2, 0, 8, 4>>(stopwatch, random);
    measure<ScanVariant<1, 1, 2, 0, 9, 4>>(stopwatch, random);
    measure<ScanVariant<1, 1, 2, 3, 9, 4>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 0, 8, 4>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 0, 9, 2>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 0, 9, 4>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 1, 9, 4>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 2, 9, 4>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 3, 9, 4>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 4, 9, 4>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 2, 9, 8>>(stopwatch, random);
    measure<ScanVariant<2, 1, 2, 2, 9, 16>>(stopwatch, random);
    measure<ScanVariant<2, 1, 1, 2, 18, 4>>(stopwatch, random);
    measure<ScanVariant<1, 2, 1, 0, 9, 2>>(stopwatch, random);
    measure<ScanVariant<1, 2, 1, 2, 9, 2>>(stopwatch, random);
    measure<ScanVariant<1, 2, 1, 3, 9, 2>>(stopwatch, random);
    measure<ScanVariant<2, 2, 1, 0, 9, 2>>(stopwatch, random);
    measure<ScanVariant<2, 2, 1, 2, 9, 2>>(stopwatch, random);
  }
}
