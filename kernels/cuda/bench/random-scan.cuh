// Operands of a scan, random, made on the device: a benchmark's tensors are too large to draw on the host.
#pragma once

#include "../check/device-tensors.cuh"
#include "../selective-scan.h"

namespace videre::cuda {

template <class T>
__global__ void fillUniform(T* values, std::size_t count, std::uint32_t seed, float low, float high) {
  const std::size_t stride = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < count; i += stride) {
    // The finalizer of MurmurHash3, a good mixer of counters.
    std::uint64_t x = (i + 1) * 0x9e3779b97f4a7c15ull + seed;
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdull;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ull;
    values[i] = fromFloat<T>(low + (high - low) * static_cast<float>((x ^ (x >> 33)) >> 40) * 0x1p-24f);
  }
}

class RandomScan {
 public:
  RandomScan(NumberType type, int batch, int length, int channels)
      : rows_(static_cast<std::size_t>(batch) * length), channels_(channels), size_(sizeOf(type)),
        activations_(rows_ * channels * size_ * 7), projected_(rows_ * 64 * size_), parameters_(channels * 36 * 4) {
    fill(type, activations_.get(), rows_ * channels * 7, -1.0f, 1.0f);
    fill(type, projected_.get(), rows_ * 64, -1.0f, 1.0f);
    float* p = parameters_.floats();
    fillUniform<<<64, 256>>>(p, static_cast<std::size_t>(channels) * 32, 3u, -16.0f, -0.5f);       // A
    fillUniform<<<64, 256>>>(p + channels * 32, static_cast<std::size_t>(channels) * 2, 4u, 0.5f, 1.0f);   // D
    fillUniform<<<64, 256>>>(p + channels * 34, static_cast<std::size_t>(channels) * 2, 5u, -4.0f, -1.0f);  // bias
    require(cudaDeviceSynchronize(), "random operands");
    scan_.type = type, scan_.batch = batch, scan_.length = length, scan_.channels = channels;
    scan_.bcStride = 32;
    scan_.forward = direction(0);
    scan_.backward = direction(1);
    scan_.z = tensor(4), scan_.zStride = channels;
    scan_.out = tensor(6);
  }

  const DeviceScan& scan() const { return scan_; }
  /** h := .. h + .., once a token, channel, state and direction. */
  double stateUpdates() const { return 2.0 * rows_ * channels_ * 16; }

 private:
  void* tensor(int i) const { return static_cast<char*>(activations_.get()) + i * rows_ * channels_ * size_; }
  DeviceScanDirection direction(int i) const {
    char* bc = static_cast<char*>(projected_.get()) + i * rows_ * 32 * size_;
    float* p = parameters_.floats();
    return {tensor(2 * i), tensor(2 * i + 1), p + i * channels_ * 16, bc, bc + 16 * size_,
            p + channels_ * (32 + i), p + channels_ * (34 + i)};
  }
  static void fill(NumberType type, void* values, std::size_t count, float low, float high) {
    switch (type) {
      case NumberType::float32: fillUniform<<<512, 256>>>(static_cast<float*>(values), count, 1u, low, high); break;
      case NumberType::float16: fillUniform<<<512, 256>>>(static_cast<float16*>(values), count, 1u, low, high); break;
      case NumberType::bfloat16: fillUniform<<<512, 256>>>(static_cast<bfloat16*>(values), count, 1u, low, high); break;
    }
  }

  std::size_t rows_;
  int channels_;
  std::size_t size_;
  DeviceBytes activations_, projected_, parameters_;
  DeviceScan scan_;
};

}  // namespace videre::cuda
