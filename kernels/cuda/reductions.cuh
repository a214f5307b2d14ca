#pragma once

namespace videre::cuda {

__device__ __forceinline__ float sumOfWarp(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
  return value;
}

// The same in every thread; `partial` holds a value a warp.
__device__ __forceinline__ float sumOfBlock(float value, float* partial) {
  const int warps = blockDim.x / 32, lane = threadIdx.x % 32;
  value = sumOfWarp(value);
  __syncthreads();
  if (lane == 0) partial[threadIdx.x / 32] = value;
  __syncthreads();
  return sumOfWarp(lane < warps ? partial[lane] : 0.0f);
}

}  // namespace videre::cuda
