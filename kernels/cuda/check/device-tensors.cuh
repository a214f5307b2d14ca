// Random tensors in three number types, for checks and benchmarks: the host keeps, in float32, exactly what the device got.
#pragma once

#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "../numbers.cuh"
#include "../selective-scan.h"

namespace videre::cuda {

inline void require(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
  std::exit(2);
}

inline std::size_t sizeOf(NumberType type) { return type == NumberType::float32 ? 4 : 2; }
inline const char* nameOf(NumberType type) {
  return type == NumberType::float32 ? "f32" : type == NumberType::float16 ? "f16" : "bf16";
}

/** Rounds `values` to the type, in place, and returns the bytes the device takes. */
inline std::vector<unsigned char> encode(std::vector<float>& values, NumberType type) {
  std::vector<unsigned char> bytes(values.size() * sizeOf(type));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (type == NumberType::float32) {
      reinterpret_cast<float*>(bytes.data())[i] = values[i];
    } else if (type == NumberType::float16) {
      const __half rounded = __float2half(values[i]);
      reinterpret_cast<__half*>(bytes.data())[i] = rounded;
      values[i] = __half2float(rounded);
    } else {
      const __nv_bfloat16 rounded = __float2bfloat16(values[i]);
      reinterpret_cast<__nv_bfloat16*>(bytes.data())[i] = rounded;
      values[i] = __bfloat162float(rounded);
    }
  }
  return bytes;
}

inline float decodeOne(const unsigned char* bytes, std::size_t i, NumberType type) {
  if (type == NumberType::float32) return reinterpret_cast<const float*>(bytes)[i];
  if (type == NumberType::float16) return __half2float(reinterpret_cast<const __half*>(bytes)[i]);
  return __bfloat162float(reinterpret_cast<const __nv_bfloat16*>(bytes)[i]);
}

/** Device memory that goes with its owner. */
class DeviceBytes {
 public:
  explicit DeviceBytes(std::size_t bytes) { require(cudaMalloc(&data_, bytes == 0 ? 16 : bytes), "cudaMalloc"); }
  DeviceBytes(const DeviceBytes&) = delete;
  DeviceBytes& operator=(const DeviceBytes&) = delete;
  DeviceBytes(DeviceBytes&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  ~DeviceBytes() { cudaFree(data_); }
  void* get() const { return data_; }
  float* floats() const { return static_cast<float*>(data_); }

 private:
  void* data_ = nullptr;
};

struct Tensor {
  std::vector<float> host;
  DeviceBytes device;
};

/** Values of a normal distribution; the device tensor starts `offset` elements into its memory. */
inline Tensor randomTensor(std::mt19937& random, std::size_t count, NumberType type, float mean, float deviation) {
  std::normal_distribution<float> distribution(mean, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  const std::vector<unsigned char> bytes = encode(values, type);
  DeviceBytes device(bytes.size());
  require(cudaMemcpy(device.get(), bytes.data(), bytes.size(), cudaMemcpyHostToDevice), "upload");
  return {std::move(values), std::move(device)};
}

}  // namespace videre::cuda
