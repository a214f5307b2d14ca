// Checks what lies between a block's input projection and its scan against double precision on fresh random inputs: all
// ranks, channels that fill no group, sequences that fill no tile, one token, few sequences and many. Outputs are poisoned
// before each launch. Exit code 1 if anything is wrong.
#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "../mixer-input.h"
#include "device-tensors.cuh"

using namespace videre::cuda;

namespace {

struct Case {
  int batch, tokens, channels, rank;
};

using Floats = std::vector<float>;

Floats gaussians(std::mt19937& random, std::size_t count, float mean, float deviation) {
  std::normal_distribution<float> normal(mean, deviation);
  Floats values(count);
  for (float& value : values) value = normal(random);
  return values;
}
void append(Floats& all, const Floats& more) { all.insert(all.end(), more.begin(), more.end()); }

DeviceBytes uploaded(Floats values, NumberType type) {
  const auto bytes = encode(values, type);
  DeviceBytes target(bytes.size());
  require(cudaMemcpy(target.get(), bytes.data(), bytes.size(), cudaMemcpyHostToDevice), "upload");
  return target;
}

// Of one direction.
struct Weights {
  Floats kernel, bias, projection, deltaProjection, deltaBias;
};

double softplusInPowersOfTwo(double x) { return (x > 30.0 ? x : std::log1p(std::exp(x))) / std::log(2.0); }

struct Errors {
  double error = 0.0, norm = 0.0;
  void add(double value, double expected) {
    error += (value - expected) * (value - expected);
    norm += expected * expected;
  }
  double relative() const { return std::isfinite(error) ? std::sqrt(error / norm) : INFINITY; }
};

/** @returns the largest relative error of u, delta, and B and C. */
double relativeError(const Case& c, NumberType type, std::mt19937& random) {
  const int E = c.channels, outputs = c.rank + 32, xStride = 2 * E;
  const std::size_t rows = static_cast<std::size_t>(c.batch) * c.tokens;
  const Tensor x = randomTensor(random, rows * xStride, type, 0.0f, 1.0f);
  Weights weights[2];
  Floats convolution, projection, deltaProjection, deltaBias;
  for (int direction = 0; direction < 2; ++direction) {
    Weights& w = weights[direction];
    w.kernel = gaussians(random, E * 4, 0.0f, 0.5f), w.bias = gaussians(random, E, 0.0f, 0.1f);
    w.projection = gaussians(random, static_cast<std::size_t>(outputs) * E, 0.0f, 1.0f / std::sqrt(static_cast<float>(E)));
    w.deltaProjection = gaussians(random, static_cast<std::size_t>(E) * c.rank, 0.0f, 1.0f / std::sqrt(static_cast<float>(c.rank)));
    w.deltaBias = gaussians(random, E, -3.0f, 2.0f);
    append(convolution, packConvolution(w.kernel, w.bias, direction == 0));
    append(projection, packProjection(w.projection, c.rank, E));
    append(deltaProjection, packDeltaProjection(w.deltaProjection, c.rank, E));
    append(deltaBias, packDeltaBias(w.deltaBias));
  }
  const DeviceBytes onDevice[] = {uploaded(convolution, NumberType::float32), uploaded(projection, type),
                                  uploaded(deltaProjection, type), uploaded(deltaBias, NumberType::float32)};
  const std::size_t counts[] = {2 * rows * E, 2 * rows * E, 2 * rows * 32};
  const DeviceBytes results[] = {DeviceBytes(counts[0] * 2), DeviceBytes(counts[1] * 2), DeviceBytes(counts[2] * 2)};
  std::vector<unsigned char> values[3];
  for (int i = 0; i < 3; ++i) require(cudaMemset(results[i].get(), 0xff, counts[i] * 2), "poison");
  MixerInput input;
  input.type = type;
  input.batch = c.batch, input.tokens = c.tokens, input.channels = E, input.rank = c.rank;
  input.x = x.device.get(), input.xStride = xStride;
  input.weights = {onDevice[0].floats(), onDevice[1].get(), onDevice[2].get(), onDevice[3].floats()};
  input.u = results[0].get(), input.delta = results[1].get(), input.bc = results[2].get();
  require(computeMixerInput(input, nullptr), "launch");
  require(cudaDeviceSynchronize(), "mixer input");
  for (int i = 0; i < 3; ++i) {
    values[i].resize(counts[i] * 2);
    require(cudaMemcpy(values[i].data(), results[i].get(), values[i].size(), cudaMemcpyDeviceToHost), "download");
    // All values are looked at for NaN; a sample of tokens is compared.
    for (std::size_t j = 0; j < counts[i]; ++j) {
      if (!std::isfinite(decodeOne(values[i].data(), j, type))) return INFINITY;
    }
  }
  Errors errors[3];
  const int sampled = static_cast<int>(std::min<std::size_t>(rows, 40));
  for (int i = 0; i < sampled; ++i) {
    // The ends of sequences more often than others.
    const int direction = i % 2, b = static_cast<int>(random() % c.batch);
    const int t = i % 4 == 0 ? 0 : i % 4 == 1 ? c.tokens - 1 : static_cast<int>(random() % c.tokens);
    const Weights& w = weights[direction];
    const std::size_t row = (static_cast<std::size_t>(direction) * c.batch + b) * c.tokens + t;
    std::vector<double> u(E), projected(outputs);
    for (int e = 0; e < E; ++e) {
      double sum = w.bias[e];
      for (int distance = 0; distance < 4; ++distance) {
        const int from = direction == 0 ? t - distance : t + distance;
        if (from < 0 || from >= c.tokens) continue;
        sum += w.kernel[e * 4 + 3 - distance] * static_cast<double>(x.host[(static_cast<std::size_t>(b) * c.tokens + from) * xStride + e]);
      }
      u[e] = sum / (1.0 + std::exp(-sum));
      errors[0].add(decodeOne(values[0].data(), row * E + e, type), u[e]);
    }
    for (int o = 0; o < outputs; ++o) {
      for (int e = 0; e < E; ++e) projected[o] += u[e] * w.projection[static_cast<std::size_t>(o) * E + e];
      if (o >= c.rank) errors[2].add(decodeOne(values[2].data(), row * 32 + o - c.rank, type), projected[o]);
    }
    for (int e = 0; e < E; ++e) {
      double raw = w.deltaBias[e];
      for (int r = 0; r < c.rank; ++r) raw += projected[r] * w.deltaProjection[static_cast<std::size_t>(e) * c.rank + r];
      errors[1].add(decodeOne(values[1].data(), row * E + e, type), softplusInPowersOfTwo(raw));
    }
  }
  return std::max({errors[0].relative(), errors[1].relative(), errors[2].relative()});
}

}  // namespace

int main() {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  // The last ones are large enough for a warp to have all channels of its tokens.
  const Case cases[] = {{1, 1, 8, 16},     {2, 31, 40, 32},   {1, 33, 136, 48},   {3, 64, 72, 64},   {1, 197, 1152, 48},
                        {300, 70, 72, 16}, {200, 97, 96, 32}, {600, 9, 136, 48}, {90, 200, 200, 64}, {11, 1569, 1152, 48}};
  const NumberType types[] = {NumberType::float16, NumberType::bfloat16};
  const double limits[] = {3e-3, 2e-2};
  double worst[2] = {};
  bool failed = false;
  for (const Case& c : cases) {
    for (int i = 0; i < 2; ++i) {
      const double error = relativeError(c, types[i], random);
      worst[i] = std::max(worst[i], error);
      if (error <= limits[i]) continue;
      failed = true;
      std::printf("WRONG %s B%d L%d E%d rank %d: %g\n", nameOf(types[i]), c.batch, c.tokens, c.channels, c.rank, error);
    }
  }
  std::printf("{\"check\":\"mixer input\",\"seed\":%u,\"cases\":%zu,\"worstF16\":%.2e,\"worstBf16\":%.2e,\"passed\":%s}\n", seed,
              std::size(cases), worst[0], worst[1], failed ? "false" : "true");
  return failed ? 1 : 0;
}
