// Checks the scan against double precision on fresh random inputs: odd sizes, one token, rows off their alignment, one
// direction, no gate, chunked and whole. Outputs are poisoned before each launch. Exit code 1 if anything is wrong.
#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "../bench/random-scan.cuh"
#include "../selective-scan.h"
#include "device-tensors.cuh"
#include "scan-oracle.h"

using namespace videre;
using namespace videre::cuda;

namespace {

struct Case {
  int batch, length, channels;
  int chunks;             // 0: as planned
  bool forward = true, backward = true, gated = true;
  int bcPadding = 4;      // values between the rows of B and C and the next
};

struct DirectionTensors {
  Tensor u, delta, A, bc, D, bias;
};

DirectionTensors randomDirection(std::mt19937& random, const Case& c, NumberType type) {
  const std::size_t rows = static_cast<std::size_t>(c.batch) * c.length, E = c.channels;
  DirectionTensors tensors{randomTensor(random, rows * E, type, 0.0f, 1.0f),
                           randomTensor(random, rows * E, type, 0.0f, 1.5f),
                           randomTensor(random, E * 16, NumberType::float32, 0.0f, 1.0f),
                           randomTensor(random, rows * (32 + c.bcPadding), type, 0.0f, 1.0f),
                           randomTensor(random, E, NumberType::float32, 1.0f, 0.5f),
                           randomTensor(random, E, NumberType::float32, -3.0f, 1.5f)};
  // Rates between 1/30 and 30, in no order: nothing may be assumed of them.
  for (float& value : tensors.A.host) value = -std::exp(1.7f * std::max(-2.0f, std::min(2.0f, value)));
  require(cudaMemcpy(tensors.A.device.get(), tensors.A.host.data(), E * 64, cudaMemcpyHostToDevice), "upload");
  return tensors;
}

/** @returns || out - reference || / || reference ||, infinite if a value is none. */
double relativeError(const Case& c, NumberType type, std::mt19937& random) {
  const std::size_t rows = static_cast<std::size_t>(c.batch) * c.length, size = sizeOf(type);
  const DirectionTensors f = randomDirection(random, c, type), b = randomDirection(random, c, type);
  const int zStride = 2 * c.channels;
  const Tensor z = randomTensor(random, rows * zStride, type, 0.0f, 2.0f);

  DeviceScan scan;
  scan.type = type;
  scan.batch = c.batch, scan.length = c.length, scan.channels = c.channels;
  scan.bcStride = 32 + c.bcPadding;
  ScanParameters host;
  host.shape = {c.batch, c.length, c.channels, 16};
  const auto fill = [&](const DirectionTensors& t, DeviceScanDirection& device, ScanDirection& plain) {
    const auto* bc = static_cast<const char*>(t.bc.device.get());
    device = {t.u.device.get(), t.delta.device.get(), t.A.device.floats(), bc,
              bc + 16 * size, t.D.device.floats(), t.bias.device.floats()};
    plain.u = t.u.host.data(), plain.delta = t.delta.host.data(), plain.A = t.A.host.data();
    plain.B = t.bc.host.data(), plain.C = t.bc.host.data() + 16, plain.bcStride = scan.bcStride;
    plain.D = t.D.host.data(), plain.deltaBias = t.bias.host.data();
  };
  if (c.forward) fill(f, scan.forward, host.forward);
  if (c.backward) fill(b, scan.backward, host.backward);
  if (c.gated) {
    scan.z = static_cast<const char*>(z.device.get()) + c.channels * size, scan.zStride = zStride;
    host.z = z.host.data() + c.channels, host.zStride = zStride;
  }
  DeviceBytes out(rows * c.channels * size);
  require(cudaMemset(out.get(), 0xff, rows * c.channels * size), "poison");  // NaN in every type
  scan.out = out.get();
  const ScanPlan plan = c.chunks > 0 ? planChunks(scan, c.chunks) : planScan(scan);
  DeviceBytes workspace(plan.workspaceBytes);
  require(cudaMemset(workspace.get(), 0xff, plan.workspaceBytes), "poison");
  require(launchScan(scan, plan, workspace.get(), nullptr), "launch");
  require(cudaDeviceSynchronize(), "scan");
  std::vector<unsigned char> result(rows * c.channels * size);
  require(cudaMemcpy(result.data(), out.get(), result.size(), cudaMemcpyDeviceToHost), "download");

  // All values are looked at for NaN; a sample of sequences is compared.
  for (std::size_t i = 0; i < rows * c.channels; ++i) {
    if (!std::isfinite(decodeOne(result.data(), i, type))) return INFINITY;
  }
  double error = 0.0, norm = 0.0;
  const int sampled = std::min(c.channels * c.batch, 48);
  for (int i = 0; i < sampled; ++i) {
    const bool every = sampled == c.channels * c.batch;
    const int pick = every ? i : static_cast<int>(random() % (c.channels * c.batch));
    const int batch = pick / c.channels, e = pick % c.channels;
    const std::vector<double> y = scanChannel(host, batch, e);
    for (int t = 0; t < c.length; ++t) {
      const std::size_t at = (static_cast<std::size_t>(batch) * c.length + t) * c.channels + e;
      const double difference = decodeOne(result.data(), at, type) - y[t];
      error += difference * difference;
      norm += y[t] * y[t];
    }
  }
  return std::sqrt(error / norm);
}

// Two scans that each want the whole device, at once: neither may wait for the other, and both must come out as alone.
bool twoAtOnce() {
  constexpr int batch = 90, length = 70, channels = 1152, rounds = 20;
  const std::size_t bytes = std::size_t{batch} * length * channels * 2;
  const RandomScan scans[2] = {{NumberType::bfloat16, batch, length, channels}, {NumberType::bfloat16, batch, length, channels}};
  const ScanPlan plan = planScan(scans[0].scan());
  const DeviceBytes workspaces[2] = {DeviceBytes(plan.workspaceBytes), DeviceBytes(plan.workspaceBytes)};
  const auto outputOf = [&](int i) {
    std::vector<unsigned char> result(bytes);
    require(cudaMemcpy(result.data(), scans[i].scan().out, bytes, cudaMemcpyDeviceToHost), "download");
    return result;
  };
  require(launchScan(scans[0].scan(), plan, workspaces[0].get(), nullptr), "launch");
  require(cudaDeviceSynchronize(), "scan");
  const std::vector<unsigned char> alone = outputOf(0);
  for (const RandomScan& scan : scans) require(cudaMemset(scan.scan().out, 0xff, bytes), "poison");
  cudaStream_t streams[2];
  for (cudaStream_t& stream : streams) require(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream");
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < 2; ++i) require(launchScan(scans[i].scan(), plan, workspaces[i].get(), streams[i]), "launch");
  }
  require(cudaDeviceSynchronize(), "two scans at once");
  for (cudaStream_t stream : streams) cudaStreamDestroy(stream);
  const bool passed = outputOf(0) == alone && outputOf(1) == alone;
  if (!passed) std::printf("WRONG: two scans at once give other values than one alone\n");
  return passed;
}

}  // namespace

int main() {
  cudaDeviceProp properties;
  require(cudaGetDeviceProperties(&properties, 0), "device");
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  const Case cases[] = {
      {1, 1, 8, 0},          {90, 1, 1, 0, true, true, true, 3},     {2, 15, 33, 0},       {3, 16, 64, 0},
      {2, 17, 100, 0},       {1, 31, 72, 0, true, true, true, 5},   {2, 50, 384, 1},      {1, 197, 1152, 0},
      {1, 1569, 1152, 0},    {1, 1569, 1152, 7},                    {1, 1569, 1152, 32},  {2, 785, 768, 0},
      {90, 70, 1152, 0},      {700, 9, 192, 0},       {400, 50, 384, 0},                     {1, 1000, 37, 5},     {1, 400, 64, 0, true, false},
      // B and C on 16 bytes.
      {1, 1, 8, 0, true, true, true, 8},     {1, 31, 72, 0, true, true, false, 8}, {3, 32, 64, 0, true, true, true, 0},
      {2, 33, 40, 0, true, true, true, 8},   {1, 64, 1152, 0, true, true, true, 40}, {1, 1569, 1152, 0, true, true, true, 8},
      {2, 95, 384, 0, true, true, true, 8},
      {1, 400, 64, 3, false, true}, {2, 129, 136, 0, false, true, false}, {2, 130, 136, 1, true, true, false},
  };
  const NumberType types[] = {NumberType::float32, NumberType::float16, NumberType::bfloat16};
  const double limits[] = {1e-5, 2e-3, 1e-2};
  double worst[3] = {};
  bool failed = !twoAtOnce();
  for (const Case& c : cases) {
    for (int i = 0; i < 3; ++i) {
      const double error = relativeError(c, types[i], random);
      worst[i] = std::max(worst[i], error);
      if (error <= limits[i]) continue;
      failed = true;
      std::printf("WRONG %s B%d L%d E%d chunks %d: %g\n", nameOf(types[i]), c.batch, c.length, c.channels, c.chunks, error);
    }
  }
  std::printf("{\"check\":\"scan\",\"device\":\"%s\",\"seed\":%u,\"cases\":%zu,\"worstF32\":%.2e,\"worstF16\":%.2e,\"worstBf16\":%.2e,"
              "\"passed\":%s}\n",
              properties.name, seed, std::size(cases), worst[0], worst[1], worst[2], failed ? "false" : "true");
  return failed ? 1 : 0;
}
