#include "preprocess.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "numbers.cuh"

namespace videre::cuda {
namespace {

constexpr int threads = 256;
constexpr std::size_t largestFilterCache = 64;

// Where pixel (frame t, channel, y, x) of clip b goes; negative: past the last whole patch.
__device__ __forceinline__ std::int64_t patchPlace(const PatchGeometry& g, int b, int t, int channel, int y, int x) {
  const int row = y / g.patchSize, column = x / g.patchSize, timeSteps = g.frames / g.tubelet;
  if (row >= g.patchesPerEdge || column >= g.patchesPerEdge || t / g.tubelet >= timeSteps) return -1;
  const std::int64_t patch =
      ((static_cast<std::int64_t>(b) * timeSteps + t / g.tubelet) * g.patchesPerEdge + row) * g.patchesPerEdge + column;
  const int value = ((channel * g.tubelet + t % g.tubelet) * g.patchSize + y % g.patchSize) * g.patchSize + x % g.patchSize;
  return patch * g.patchValues + value;
}

template <class T>
__global__ __launch_bounds__(threads) void gatherKernel(const float* pixels, T* patches, PatchGeometry g, std::size_t count) {
  const std::size_t i = blockIdx.x * static_cast<std::size_t>(threads) + threadIdx.x;
  if (i >= count) return;
  const int S = g.imageSize, x = i % S, y = i / S % S;
  const std::size_t plane = i / S / S;
  const std::int64_t place = patchPlace(g, plane / 3 / g.frames, plane / 3 % g.frames, plane % 3, y, x);
  if (place >= 0) patches[place] = fromFloat<T>(pixels[i]);
}

// Grid: x rows of all frames. One block makes a row of S pixels.
__global__ __launch_bounds__(threads) void resampleRowsKernel(const unsigned char* frames, int width, const int* first,
                                                              const float* weights, int taps, float* rows, int S) {
  const unsigned char* const row = frames + static_cast<std::size_t>(blockIdx.x) * width * 3;
  float* const target = rows + static_cast<std::size_t>(blockIdx.x) * S * 3;
  for (int i = threadIdx.x; i < 3 * S; i += threads) {
    const int x = i / 3, channel = i % 3;
    const unsigned char* const samples = row + first[x] * 3 + channel;
    float sum = 0.0f;
    for (int tap = 0; tap < taps; ++tap) sum = fmaf(weights[x * taps + tap], samples[3 * tap], sum);
    target[i] = sum;
  }
}

// Grid: x output rows, y frames.
template <class T>
__global__ __launch_bounds__(threads) void resampleColumnsKernel(const float* rows, int height, const int* first,
                                                                 const float* weights, int taps, const float* levels,
                                                                 T* patches, PatchGeometry g) {
  const int S = g.imageSize, y = blockIdx.x, t = blockIdx.y;
  const float* const top = rows + (static_cast<std::size_t>(t) * height + first[y]) * S * 3;
  for (int i = threadIdx.x; i < 3 * S; i += threads) {
    const int channel = i / S, x = i % S;
    float sum = 0.0f;
    for (int tap = 0; tap < taps; ++tap) {
      sum = fmaf(weights[y * taps + tap], top[(static_cast<std::size_t>(tap) * S + x) * 3 + channel], sum);
    }
    // To the nearest of 256 levels, halves to even: what the reference's resize of 8 bit frames does.
    const int level = static_cast<int>(fminf(255.0f, fmaxf(0.0f, rintf(sum))));
    const std::int64_t place = patchPlace(g, 0, t, channel, y, x);
    if (place >= 0) patches[place] = fromFloat<T>(levels[channel * 256 + level]);
  }
}

// Keys' cubic convolution (1981) with the free parameter a.
double cubic(double x, double a) {
  const double distance = std::fabs(x);
  if (distance < 1.0) return ((a + 2.0) * distance - (a + 3.0)) * distance * distance + 1.0;
  if (distance < 2.0) return ((distance - 5.0) * distance + 8.0) * distance * a - 4.0 * a;
  return 0.0;
}

DeviceBuffer uploadLevels(const VideoEncoderConfig& config) {
  std::vector<float> levels(3 * 256);
  for (int channel = 0; channel < 3; ++channel) {
    for (int level = 0; level < 256; ++level) {
      levels[channel * 256 + level] = static_cast<float>((level / 255.0 - config.mean[channel]) / config.std[channel]);
    }
  }
  return upload(levels);
}

}  // namespace

PatchGeometry patchGeometryOf(const VideoEncoderConfig& config, const EncoderSizes& sizes) {
  return {config.imageSize, config.frames, config.tubelet, config.patchSize, sizes.patchesPerEdge, sizes.patchValues};
}

cudaError_t gatherPatches(const float* pixels, void* patches, NumberType type, const PatchGeometry& geometry, int batch,
                          cudaStream_t stream) {
  const std::size_t count = static_cast<std::size_t>(batch) * geometry.frames * 3 * geometry.imageSize * geometry.imageSize;
  const auto blocks = static_cast<unsigned>((count + threads - 1) / threads);
  if (type == NumberType::bfloat16) {
    gatherKernel<<<blocks, threads, 0, stream>>>(pixels, static_cast<bfloat16*>(patches), geometry, count);
  } else {
    gatherKernel<<<blocks, threads, 0, stream>>>(pixels, static_cast<float16*>(patches), geometry, count);
  }
  return cudaGetLastError();
}

AxisFilter::AxisFilter(int inputSize, int outputSize, bool antialias) {
  const double scale = static_cast<double>(inputSize) / outputSize;
  const double stretch = antialias ? std::max(1.0, scale) : 1.0, a = antialias ? -0.5 : -0.75;
  const int support = static_cast<int>(std::ceil(4.0 * stretch));
  taps = std::min(inputSize, support);
  std::vector<int> starts(outputSize);
  std::vector<float> values(static_cast<std::size_t>(outputSize) * taps, 0.0f);
  for (int output = 0; output < outputSize; ++output) {
    const double centre = (output + 0.5) * scale - 0.5;
    const int begin = static_cast<int>(std::floor(centre - 2.0 * stretch)) + 1;
    const int start = std::min(std::max(0, begin), inputSize - taps);
    float* const row = &values[static_cast<std::size_t>(output) * taps];
    starts[output] = start;
    for (int position = begin; position < begin + support; ++position) {
      const int inside = std::min(inputSize - 1, std::max(0, position));
      // Beyond the edge the plain filter repeats the edge sample, the antialiased one leaves the sample out.
      if (inside == position || !antialias) row[inside - start] += static_cast<float>(cubic((position - centre) / stretch, a));
    }
    double sum = 0.0;
    for (int tap = 0; tap < taps; ++tap) sum += row[tap];
    for (int tap = 0; tap < taps; ++tap) row[tap] = static_cast<float>(row[tap] / sum);
  }
  first = upload(starts);
  weights = upload(values);
}

ClipResizer::ClipResizer(const VideoEncoderConfig& config, const EncoderSizes& sizes)
    : geometry_(patchGeometryOf(config, sizes)), antialias_(config.antialias), levels_(uploadLevels(config)) {}

const AxisFilter& ClipResizer::filter(int inputSize) {
  const auto found = filters_.find(inputSize);
  if (found != filters_.end()) return found->second;
  return filters_.emplace(inputSize, AxisFilter(inputSize, geometry_.imageSize, antialias_)).first->second;
}

void ClipResizer::resize(const unsigned char* frames, int width, int height, void* patches, NumberType type,
                         cudaStream_t stream) {
  const int S = geometry_.imageSize;
  const std::size_t bytes = static_cast<std::size_t>(geometry_.frames) * height * S * 3 * sizeof(float);
  // Freed memory is not reused before the device is done with it: cudaFree waits.
  if (bytes > rows_.size()) rows_ = DeviceBuffer(bytes);
  if (filters_.size() > largestFilterCache) {
    check(cudaStreamSynchronize(stream), "resizing frames");
    filters_.clear();
  }
  const AxisFilter& horizontal = filter(width);
  const AxisFilter& vertical = filter(height);
  float* const rows = rows_.as<float>();
  resampleRowsKernel<<<geometry_.frames * height, threads, 0, stream>>>(
      frames, width, horizontal.first.as<int>(), horizontal.weights.as<float>(), horizontal.taps, rows, S);
  check(cudaGetLastError(), "resizing frames");
  const dim3 grid(S, geometry_.frames);
  const auto launch = [&](auto* target) {
    resampleColumnsKernel<<<grid, threads, 0, stream>>>(rows, height, vertical.first.as<int>(), vertical.weights.as<float>(),
                                                        vertical.taps, levels_.as<float>(), target, geometry_);
  };
  if (type == NumberType::bfloat16) launch(static_cast<bfloat16*>(patches));
  else launch(static_cast<float16*>(patches));
  check(cudaGetLastError(), "resizing frames");
}

}  // namespace videre::cuda
