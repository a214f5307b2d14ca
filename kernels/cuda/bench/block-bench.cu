// Where the time of one block goes: its kernels one by one, for 64 clips of 8 frames through VideoMamba-M; one JSON line each.
#include <cstdio>

#include "../block-kernels.h"
#include "../gemm.h"
#include "measure.cuh"
#include "random-scan.cuh"

using namespace videre::cuda;

namespace {

constexpr int batch = 64, tokens = 1569, width = 576, channels = 1152, rank = 40, columns = rank + 32;
constexpr std::size_t rows = std::size_t{batch} * tokens;

DeviceBytes randomHalves(std::size_t count, float size) {
  DeviceBytes bytes(count * 2);
  fillUniform<<<512, 256>>>(static_cast<bfloat16*>(bytes.get()), count, 1u, -size, size);
  return bytes;
}
DeviceBytes randomFloats(std::size_t count, float low, float high) {
  DeviceBytes bytes(count * 4);
  fillUniform<<<512, 256>>>(bytes.floats(), count, 1u, low, high);
  return bytes;
}

void print(const char* kernel, double milliseconds) {
  std::printf("{\"bench\":\"block\",\"kernel\":\"%s\",\"milliseconds\":%.4f}\n", kernel, milliseconds);
  std::fflush(stdout);
}

}  // namespace

int main() {
  constexpr int runs = 9;
  Stopwatch stopwatch;
  double total = 0.0;
  const auto measure = [&](const char* kernel, auto work) {
    const double milliseconds = stopwatch.median(runs, nullptr, work);
    print(kernel, milliseconds);
    total += milliseconds;
  };
  const DeviceBytes residual = randomFloats(rows * width, -1.0f, 1.0f), gamma = randomFloats(width, 0.5f, 1.5f);
  const DeviceBytes normalized = randomHalves(rows * width, 1.0f), xz = randomHalves(rows * 2 * channels, 1.0f);
  const DeviceBytes weights = randomHalves(std::size_t{2} * channels * width, 0.05f);
  const DeviceBytes workspace(GemmLibrary::workspaceBytes);

  measure("norm", [&] {
    require(normalizeRows(residual.floats(), nullptr, gamma.floats(), normalized.get(), NumberType::bfloat16, rows, tokens, width,
                          1e-5f, nullptr),
            "norm");
  });

  const GemmLibrary library;
  GemmShape shape;
  shape.rows = rows, shape.outputs = 2 * channels, shape.inputs = shape.xStride = width;
  const Gemm in(library, shape, normalized.get(), weights.get(), xz.get(), workspace.get(), nullptr);
  measure("in_proj", [&] { in.launch(normalized.get(), weights.get(), xz.get(), workspace.get(), nullptr); });

  const DeviceBytes convolution = randomFloats(10 * channels, -0.5f, 0.5f), bias = randomFloats(2 * channels, -4.0f, -1.0f);
  const DeviceBytes u(4 * rows * channels), projected(4 * rows * columns), delta(4 * rows * channels);
  measure("convolution", [&] {
    require(convolve(xz.get(), 2 * channels, convolution.floats(), convolution.floats() + 8 * channels, u.get(),
                     NumberType::bfloat16, batch, tokens, channels, nullptr),
            "convolution");
  });
  shape.outputs = columns, shape.inputs = shape.xStride = channels;
  shape.count = 2, shape.xDistance = rows * channels, shape.wDistance = columns * channels, shape.yDistance = rows * columns;
  const Gemm low(library, shape, u.get(), weights.get(), projected.get(), workspace.get(), nullptr);
  measure("x_proj", [&] { low.launch(u.get(), weights.get(), projected.get(), workspace.get(), nullptr); });
  shape.outputs = channels, shape.inputs = rank, shape.xStride = columns;
  shape.xDistance = rows * columns, shape.wDistance = channels * rank, shape.yDistance = rows * channels;
  const Gemm high(library, shape, projected.get(), weights.get(), delta.get(), workspace.get(), nullptr);
  measure("dt_proj", [&] { high.launch(projected.get(), weights.get(), delta.get(), workspace.get(), nullptr); });

  const RandomScan random(NumberType::bfloat16, batch, tokens, channels);
  DeviceScan scan = random.scan();
  const auto at = [](const DeviceBytes& bytes, std::size_t values) { return static_cast<bfloat16*>(bytes.get()) + values; };
  scan.forward.u = at(u, 0), scan.backward.u = at(u, rows * channels);
  scan.forward.delta = at(delta, 0), scan.backward.delta = at(delta, rows * channels);
  scan.forward.B = at(projected, rank), scan.backward.B = at(projected, rows * columns + rank);
  scan.forward.C = at(projected, rank + 16), scan.backward.C = at(projected, rows * columns + rank + 16);
  scan.bcStride = columns;
  scan.forward.deltaBias = bias.floats(), scan.backward.deltaBias = bias.floats() + channels;
  scan.z = at(xz, channels), scan.zStride = 2 * channels;
  const ScanPlan plan = planScan(scan);
  const DeviceBytes scanWorkspace(plan.workspaceBytes);
  measure("scan", [&] { require(launchScan(scan, plan, scanWorkspace.get(), nullptr), "scan"); });

  shape = {};
  shape.outputType = NumberType::float32, shape.adds = true;
  shape.rows = rows, shape.outputs = width, shape.inputs = shape.xStride = channels;
  const Gemm out(library, shape, scan.out, weights.get(), residual.get(), workspace.get(), nullptr);
  measure("out_proj", [&] { out.launch(scan.out, weights.get(), residual.get(), workspace.get(), nullptr); });
  print("sum", total);
}
