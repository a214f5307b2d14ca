// The scan alone: state updates a second over the shapes of notes.md, one JSON line each.
#include <cstdio>

#include "../selective-scan.h"
#include "measure.cuh"
#include "random-scan.cuh"

using namespace videre::cuda;

int main() {
  cudaDeviceProp properties;
  require(cudaGetDeviceProperties(&properties, 0), "device");
  struct Shape {
    int batch, length, channels;
  };
  const Shape shapes[] = {{64, 1569, 1152}, {1, 1569, 1152}, {8, 1569, 1152}, {16, 12545, 1152},
                          {64, 1569, 768},  {64, 1569, 384}, {1, 1569, 384},  {1, 12545, 1152}};
  Stopwatch stopwatch;
  for (const NumberType type : {NumberType::bfloat16, NumberType::float16, NumberType::float32}) {
    for (const Shape& shape : shapes) {
      const RandomScan random(type, shape.batch, shape.length, shape.channels);
      const ScanPlan plan = planScan(random.scan());
      const DeviceBytes workspace(plan.workspaceBytes);
      const double milliseconds = stopwatch.median(15, nullptr, [&] {
        require(launchScan(random.scan(), plan, workspace.get(), nullptr), "scan");
      });
      std::printf("{\"bench\":\"scan\",\"device\":\"%s\",\"type\":\"%s\",\"batch\":%d,\"length\":%d,\"channels\":%d,"
                  "\"chunks\":%d,\"milliseconds\":%.4f,\"stateUpdatesPerSecond\":%.4g}\n",
                  properties.name, nameOf(type), shape.batch, shape.length, shape.channels, plan.chunks, milliseconds,
                  random.stateUpdates() / milliseconds * 1e3);
      std::fflush(stdout);
    }
  }
}
