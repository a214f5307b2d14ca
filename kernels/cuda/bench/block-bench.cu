// Where the time of one block goes: its kernels one by one, for 64 clips of 8 frames through VideoMamba-M; one JSON line each.
#include <cstdio>

#include "../block-kernels.h"
#include "../gemm.h"
#include "../mixer-input.h"
#include "measure.cuh"
#include "random-scan.cuh"

using namespace videre::cuda;

namespace {

constexpr int batch = 64, tokens = 1569, width = 576, channels = 1152, rank = 48;
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

  const DeviceBytes convolution = randomFloats(10 * channels, -0.5f, 0.5f), bias = randomFloats(2 * channels, -6.0f, -2.0f);
  const DeviceBytes projection = randomHalves(std::size_t{2} * (rank + 32) * channels, 0.05f);
  const DeviceBytes deltaProjection = randomHalves(std::size_t{2} * rank * channels, 0.2f);
  const DeviceBytes u(4 * rows * channels), delta(4 * rows * channels), bc(4 * rows * 32);
  MixerInput input;
  input.batch = batch, input.tokens = tokens, input.channels = channels, input.rank = rank;
  input.x = xz.get(), input.xStride = 2 * channels;
  input.weights = {convolution.floats(), projection.get(), deltaProjection.get(), bias.floats()};
  input.u = u.get(), input.delta = delta.get(), input.bc = bc.get();
  measure("convolution, x_proj, dt_proj", [&] { require(computeMixerInput(input, nullptr), "mixer input"); });

  const RandomScan random(NumberType::bfloat16, batch, tokens, channels);
  DeviceScan scan = random.scan();
  scan.deltaForm = DeltaForm::step;
  const auto at = [](const DeviceBytes& bytes, std::size_t values) { return static_cast<bfloat16*>(bytes.get()) + values; };
  scan.forward.u = at(u, 0), scan.backward.u = at(u, rows * channels);
  scan.forward.delta = at(delta, 0), scan.backward.delta = at(delta, rows * channels);
  scan.forward.B = at(bc, 0), scan.backward.B = at(bc, rows * 32);
  scan.forward.C = at(bc, 16), scan.backward.C = at(bc, rows * 32 + 16);
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
